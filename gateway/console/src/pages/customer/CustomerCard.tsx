import { Anchor, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import type { Customer, Overview } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { isZero, NOTHING } from '../../ui/format';
import { Panel } from '../../ui/Panel';

interface Props {
  customer: Customer | null;
  credits: Overview['credits'];
}

/** Who the customer is, and what of their money is kept. */
export function CustomerCard({ customer, credits }: Props) {
  const kept = (credits ?? []).filter((credit) => !isZero(credit.balance));
  const rows: [string, ReactNode][] = [
    ['National id', customer?.national_id],
    [
      'E-mail',
      customer?.email && (
        <Anchor fz="sm" href={`mailto:${customer.email}`}>
          {customer.email}
        </Anchor>
      ),
    ],
    [
      'Phone',
      customer?.phone && (
        <Anchor fz="sm" href={`tel:${customer.phone}`}>
          {customer.phone}
        </Anchor>
      ),
    ],
    ['Reference', customer?.external_ref],
    ...kept.map((credit): [string, ReactNode] => [
      'Account credit',
      <Amount key={credit.balance.currency} of={credit.balance} strong />,
    ]),
  ];
  return (
    <Panel title="Customer">
      <Table aria-label="Customer" horizontalSpacing={0} withRowBorders={false} verticalSpacing={3}>
        <Table.Tbody>
          {rows.map(([label, value]) => (
            <Table.Tr key={label}>
              <Table.Td w={110}>
                <Text span fz="xs" c="dimmed">
                  {label}
                </Text>
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{value ?? NOTHING}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
