import { BarChart } from '@mantine/charts';
import { Skeleton, Text } from '@mantine/core';

import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { useLatency, type Period } from './useFigures';

/** How long it took from a payment to the line it brought back. */
export function LatencyPanel({ period }: { period: Period }) {
  const format = useFormat();
  const { data, error } = useLatency(period);
  const seconds = (value: number | null) =>
    value === null ? NOTHING : `${format.number(Number(value.toFixed(2)))} s`;
  return (
    <Panel title="From payment to line">
      <ProblemAlert error={error} />
      {data === undefined ? (
        error === null && <Skeleton height={180} />
      ) : data.measured === 0 ? (
        <Empty title="No payment brought a line back" />
      ) : (
        <>
          <BarChart
            h={180}
            data={[
              { within: '1 s', lines: data.within_1_second },
              { within: '5 s', lines: data.within_5_seconds },
              { within: '1 min', lines: data.within_1_minute },
              { within: '1 h', lines: data.within_1_hour },
              { within: 'longer', lines: data.longer },
            ]}
            dataKey="within"
            series={[{ name: 'lines', label: 'Lines', color: 'teal.6' }]}
            barProps={{ maxBarSize: 50, isAnimationActive: false }}
          />
          <Text fz="xs" c="dimmed">
            Half within {seconds(data.p50)}, 95 % within {seconds(data.p95)}, 99 % within{' '}
            {seconds(data.p99)}; the longest {seconds(data.longest)}, of{' '}
            {format.number(data.measured)}.
          </Text>
        </>
      )}
    </Panel>
  );
}
