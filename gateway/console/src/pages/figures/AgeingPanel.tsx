import { BarChart } from '@mantine/charts';
import { Skeleton, Text } from '@mantine/core';

import { Empty } from '../../ui/Empty';
import { isZero, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { useAgeing } from './useFigures';

/** What is open by how long it is overdue; what is disputed or in a plan stands out. */
export function AgeingPanel({ asOf }: { asOf: string | undefined }) {
  const format = useFormat();
  const { data, error } = useAgeing(asOf);
  const title = data === undefined ? 'Ageing' : `Ageing on ${format.date(data.as_of)}`;
  return (
    <Panel title={title}>
      <ProblemAlert error={error} />
      {data === undefined ? (
        error === null && <Skeleton height={240} />
      ) : isZero(data.open) ? (
        <Empty title="Nothing was open" />
      ) : (
        <>
          <BarChart
            h={220}
            type="stacked"
            data={data.buckets.map(({ bucket, open, disputed, in_plan }) => {
              // A chart's height needs no more than what a float holds.
              const parts = { disputed: Number(disputed.amount), planned: Number(in_plan.amount) };
              const plain = Math.max(0, Number(open.amount) - parts.disputed - parts.planned);
              return { bucket: bucket === 'not_due' ? 'not due' : bucket, plain, ...parts };
            })}
            dataKey="bucket"
            series={[
              { name: 'plain', label: 'Open', color: 'harbour.6' },
              { name: 'planned', label: 'In a plan', color: 'grape.5' },
              { name: 'disputed', label: 'Disputed', color: 'orange.5' },
            ]}
            withLegend
            valueFormatter={(value) => format.number(value)}
            barProps={{ maxBarSize: 60, isAnimationActive: false }}
            yAxisProps={{ width: 72 }}
          />
          <Text fz="xs" c="dimmed">
            {format.money(data.open)} open in {format.number(data.invoices)} invoices;{' '}
            {format.money(data.disputed)} disputed, {format.money(data.in_plan)} in plans.
          </Text>
        </>
      )}
    </Panel>
  );
}
