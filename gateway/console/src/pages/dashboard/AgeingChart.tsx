import { BarChart } from '@mantine/charts';
import { Skeleton } from '@mantine/core';

import type { InvoiceSummary } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { isZero, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';

const LABELS: Record<string, string> = { not_due: 'not due' };
const COLORS: Record<string, string> = {
  not_due: 'harbour.4',
  '1-30': 'yellow.5',
  '31-60': 'orange.5',
  '61-90': 'orange.7',
  '91-120': 'red.6',
  '120+': 'red.9',
};

/** What is open by how many days it is overdue. Undefined is loading, null could not be had. */
export function AgeingChart({ summary }: { summary: InvoiceSummary | null | undefined }) {
  const format = useFormat();
  if (summary === undefined) {
    return (
      <Panel title="Open by days overdue">
        <Skeleton height={220} />
      </Panel>
    );
  }
  const buckets = summary?.ageing ?? [];
  const currency = summary?.open.currency ?? '';
  if (buckets.every((bucket) => isZero(bucket.open))) {
    return (
      <Panel title="Open by days overdue">
        <Empty title="Nothing is open" />
      </Panel>
    );
  }
  return (
    <Panel title={`Open by days overdue, ${currency}`}>
      <BarChart
        h={220}
        data={buckets.map((bucket) => ({
          bucket: LABELS[bucket.bucket] ?? bucket.bucket,
          // A chart's height needs no more than what a float holds.
          open: Number(bucket.open.amount),
          color: COLORS[bucket.bucket],
        }))}
        dataKey="bucket"
        series={[{ name: 'open', label: 'Open', color: 'harbour.6' }]}
        valueFormatter={(value) => format.number(value)}
        barProps={{ maxBarSize: 70, radius: [3, 3, 0, 0], isAnimationActive: false }}
        withTooltip
        yAxisProps={{ width: 72 }}
      />
    </Panel>
  );
}
