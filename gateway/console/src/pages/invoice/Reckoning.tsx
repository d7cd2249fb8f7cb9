import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import type { InvoiceDetail, Money } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { isZero, NOTHING, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';

/** How an invoice comes to what is open of it. */
export function Reckoning({ invoice }: { invoice: InvoiceDetail }) {
  const format = useFormat();
  const lowered: [string, Money][] = [
    ['− credited', invoice.credited],
    ['− written off', invoice.written_off],
    ['+ recovered', invoice.recovered],
    ['− paid', invoice.allocated],
  ];
  const rows: [string, ReactNode][] = [
    ['Subtotal', <Amount key="s" of={invoice.subtotal} />],
    ['Tax', <Amount key="t" of={invoice.tax} quietZero />],
    ['Total', <Amount key="a" of={invoice.total} strong />],
    ...lowered
      .filter(([, money]) => !isZero(money))
      .map(([label, money]): [string, ReactNode] => [label, <Amount key={label} of={money} />]),
    ['Open', <Amount key="o" of={invoice.open} strong quietZero />],
    ['Issued', format.date(invoice.issued_on)],
    ['Due', due(invoice, format.date(invoice.due_on))],
    ['Settled', invoice.settled_on === null ? NOTHING : format.date(invoice.settled_on)],
  ];
  return (
    <Panel title="What is open">
      <Table
        aria-label="What is open"
        horizontalSpacing={0}
        withRowBorders={false}
        verticalSpacing={3}
      >
        <Table.Tbody>
          {rows.map(([label, value]) => (
            <Table.Tr key={label}>
              <Table.Td>
                <Text span fz="sm" c="dimmed">
                  {label}
                </Text>
              </Table.Td>
              <Table.Td ta="right">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function due(invoice: InvoiceDetail, date: string): string {
  const days = invoice.days_until_due;
  if (days === null) return date;
  if (days === 0) return `${date}, today`;
  const count = Math.abs(days) === 1 ? '1 day' : `${Math.abs(days)} days`;
  return days < 0 ? `${date}, ${count} ago` : `${date}, in ${count}`;
}
