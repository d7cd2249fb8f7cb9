import { LineChart } from '@mantine/charts';
import { Group, SegmentedControl, Skeleton } from '@mantine/core';

import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { useFilters } from '../../ui/useFilters';
import { useTrends, type Period, type Step } from './useFigures';

type Shown = 'money' | 'events';

/** The period step by step: money that came, or what was done. */
export function TrendsPanel({ period }: { period: Period }) {
  const format = useFormat();
  const [filters, change] = useFilters('by', 'show');
  const by = (filters.by ?? 'day') as Step;
  const show = (filters.show ?? 'money') as Shown;
  const { data, error } = useTrends(period, by);
  return (
    <Panel
      title="Trends"
      aside={
        <Group gap="xs">
          <SegmentedControl<Shown>
            aria-label="What"
            value={show}
            onChange={(next) => change({ show: next === 'money' ? null : next })}
            data={[
              { value: 'money', label: 'Money' },
              { value: 'events', label: 'Steps' },
            ]}
          />
          <SegmentedControl<Step>
            aria-label="By"
            value={by}
            onChange={(next) => change({ by: next === 'day' ? null : next })}
            data={[
              { value: 'day', label: 'Day' },
              { value: 'week', label: 'Week' },
              { value: 'month', label: 'Month' },
            ]}
          />
        </Group>
      }
    >
      <ProblemAlert error={error} />
      {data === undefined ? (
        error === null && <Skeleton height={240} />
      ) : data.steps.length === 0 ? (
        <Empty title="No day of this period has passed yet" />
      ) : (
        <LineChart
          h={240}
          data={data.steps.map((step) => ({
            from: format.date(step.from),
            received: Number(step.received.amount),
            allocated: Number(step.allocated.amount),
            suspensions: step.suspensions,
            reactivations: step.reactivations,
            reminders: step.reminders,
          }))}
          dataKey="from"
          series={
            show === 'money'
              ? [
                  { name: 'received', label: `Received, ${data.currency}`, color: 'teal.6' },
                  { name: 'allocated', label: 'Put to invoices', color: 'harbour.6' },
                ]
              : [
                  { name: 'suspensions', label: 'Suspensions', color: 'red.6' },
                  { name: 'reactivations', label: 'Reactivations', color: 'teal.6' },
                  { name: 'reminders', label: 'Reminders', color: 'harbour.5' },
                ]
          }
          curveType="linear"
          withLegend
          withDots={data.steps.length <= 31}
          valueFormatter={(value) => format.number(value)}
          lineProps={{ isAnimationActive: false }}
          yAxisProps={{ width: 72 }}
        />
      )}
    </Panel>
  );
}
