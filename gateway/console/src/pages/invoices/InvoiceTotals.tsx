import { Text } from '@mantine/core';

import type { InvoiceSummary } from '../../api/types';
import { useFormat } from '../../ui/format';

/** What the invoices that match come to. */
export function InvoiceTotals({ summary }: { summary: InvoiceSummary | undefined }) {
  const format = useFormat();
  if (summary === undefined) return null;
  return (
    <Text fz="sm" c="dimmed" ml="auto" pb={5}>
      {format.number(summary.count)} invoices · {format.money(summary.total)} ·{' '}
      <Text span fz="inherit" fw={600}>
        {format.money(summary.open)} open
      </Text>
    </Text>
  );
}
