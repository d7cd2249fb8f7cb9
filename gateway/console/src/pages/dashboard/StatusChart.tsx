import { DonutChart } from '@mantine/charts';
import { Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { Link } from 'react-router';

import type { InvoiceSummary } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';

/** Invoices by status: how many, and how much of them is open. */
export function StatusChart({ summary }: { summary: InvoiceSummary | null | undefined }) {
  const format = useFormat();
  if (summary === undefined) {
    return (
      <Panel title="Invoices by status">
        <Skeleton height={220} />
      </Panel>
    );
  }
  const statuses = Object.entries(summary?.by_status ?? {}).filter(([, sum]) => sum.count > 0);
  return (
    <Panel title="Invoices by status">
      {statuses.length === 0 ? (
        <Empty title="No invoices yet" />
      ) : (
        <Group wrap="nowrap" align="center" gap="lg" mih={220}>
          <DonutChart
            size={130}
            thickness={22}
            data={statuses.map(([status, sum]) => ({
              name: lookOf(status).label,
              value: sum.count,
              color: `${lookOf(status).color}.5`,
            }))}
            tooltipDataSource="segment"
            pieProps={{ isAnimationActive: false }}
          />
          <Stack gap={0} style={{ flex: 1 }}>
            <Table aria-label="Invoices by status" horizontalSpacing={6}>
              <Table.Tbody>
                {statuses.map(([status, sum]) => (
                  <Table.Tr key={status}>
                    <Table.Td>
                      <Link to={`/invoices?status=${status}`}>
                        <StatusBadge status={status} />
                      </Link>
                    </Table.Td>
                    <Table.Td ta="right">
                      <Text span fz="inherit" style={{ fontVariantNumeric: 'tabular-nums' }}>
                        {format.number(sum.count)}
                      </Text>
                    </Table.Td>
                    <Table.Td ta="right">
                      <Amount of={sum.open} quietZero />
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
