import { Skeleton, Table, Text } from '@mantine/core';

import type { RollRates } from '../../api/collections';
import { Empty } from '../../ui/Empty';
import { percent } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { useRollRates, type Period } from './useFigures';

const BUCKETS = ['not_due', '1-30', '31-60', '61-90', '91-120', '120+'] as const;
const ENDS = ['settled', ...BUCKETS];

/** Where what was open on the first day stood on the last; the darker, the more of it. */
export function RollRatesPanel({ period }: { period: Period }) {
  const { data, error } = useRollRates(period);
  return (
    <Panel title="Roll rates">
      <ProblemAlert error={error} />
      {data === undefined ? (
        error === null && <Skeleton height={180} />
      ) : data.rolls.length === 0 ? (
        <Empty title="Nothing was open on the first day" />
      ) : (
        <Matrix of={data} />
      )}
    </Panel>
  );
}

function Matrix({ of: { rolls } }: { of: RollRates }) {
  const rateOf = (from: string, to: string) =>
    rolls.find(({ from_bucket, to_bucket }) => from_bucket === from && to_bucket === to)?.rate;
  const name = (bucket: string) => bucket.replace('_', ' ');
  return (
    <Table.ScrollContainer minWidth={520} type="native">
      <Table aria-label="Roll rates">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From, to</Table.Th>
            {ENDS.map((end) => (
              <Table.Th key={end} ta="right">
                {name(end)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {BUCKETS.map((from) => (
            <Table.Tr key={from}>
              <Table.Td>{name(from)}</Table.Td>
              {ENDS.map((to) => {
                const rate = rateOf(from, to);
                const hue = to === 'settled' ? 'teal' : 'orange';
                return (
                  <Table.Td key={to} ta="right" bg={rate == null ? undefined : shade(hue, rate)}>
                    {rate == null ? (
                      <Text span c="dimmed">
                        ·
                      </Text>
                    ) : (
                      percent(rate)
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function shade(hue: string, rate: string): string {
  return `${hue}.${Math.min(4, Math.floor(Number(rate) * 5))}`;
}
