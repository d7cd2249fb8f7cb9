import { DonutChart } from '@mantine/charts';
import { Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { PaymentsSummary } from '../../api/money';
import type { PaymentMethod } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { isZero, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';

const COLORS: Record<PaymentMethod, string> = {
  cash: 'teal.5',
  card: 'harbour.5',
  bank_transfer: 'indigo.5',
  check: 'orange.5',
  wallet: 'grape.5',
  other: 'gray.5',
};

interface Props {
  query: {
    received_from?: string;
    received_to?: string;
    method?: PaymentMethod;
    deposit_account_id?: string;
    customer_id?: string;
  };
}

/** Money that arrived on the days asked for, by the way it came; the last 30 days when none are. */
export function MethodChart({ query }: Props) {
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ['payments', 'summary', query],
    queryFn: () =>
      taken<PaymentsSummary>(api.GET('/api/v1/payments/summary', { params: { query } })),
    refetchInterval: 15_000,
  });
  if (data === undefined) return null;
  const methods = data.by_method.filter(({ count }) => count > 0);
  return (
    <Panel
      title="Received, by method"
      aside={
        <Text fz="sm" c="dimmed">
          {format.date(data.received_from)} – {format.date(data.received_to)}
        </Text>
      }
    >
      {methods.length === 0 ? (
        <Empty title="Nothing was received" />
      ) : (
        <Group wrap="nowrap" align="center" gap="lg">
          <DonutChart
            size={96}
            thickness={18}
            data={methods.map(({ key, amount }) => ({
              name: words(key),
              // A chart needs no more than what a float holds.
              value: Number(amount.amount),
              color: COLORS[key as PaymentMethod],
            }))}
            tooltipDataSource="segment"
            valueFormatter={(value) => format.number(value)}
            pieProps={{ isAnimationActive: false }}
          />
          <Stack gap={0} style={{ flex: 1 }}>
            <Table aria-label="Received, by method" horizontalSpacing={6} verticalSpacing={3}>
              <Table.Tbody>
                {methods.map(({ key, count, amount, returned }) => (
                  <Table.Tr key={key}>
                    <Table.Td>{words(key)}</Table.Td>
                    <Table.Td ta="right">{format.number(count)}</Table.Td>
                    <Table.Td ta="right">
                      <Amount of={amount} strong />
                    </Table.Td>
                    <Table.Td ta="right">
                      {!isZero(returned) && (
                        <Text span fz="xs" c="dimmed">
                          {format.money(returned)} went back
                        </Text>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Stack>
        </Group>
      )}
    </Panel>
  );
}
