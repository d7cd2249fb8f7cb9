import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

import type { CreditNote, Money, Payment, WriteOff } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';

interface Props {
  invoiceId: string;
  notes: CreditNote[] | undefined;
  writeOffs: WriteOff[] | undefined;
  payments: Payment[] | undefined;
}

interface Movement {
  id: string;
  at: string;
  what: string;
  /** Where more of it is to be seen. */
  to?: string;
  reference: string;
  amount: Money;
}

/** Everything that lowered an invoice or raised it again, in the order it happened. */
export function StoryOfMoney({ invoiceId, notes, writeOffs, payments }: Props) {
  const format = useFormat();
  const movements: Movement[] = [
    ...(notes ?? []).map((note) => ({
      id: note.id,
      at: note.issued_at,
      what: `Credit note ${note.number}`,
      reference: note.reason,
      amount: note.total,
    })),
    ...(writeOffs ?? []).map((off) => ({
      id: off.id,
      at: off.written_off_at,
      what: 'Write-off',
      reference: off.reason,
      amount: off.amount,
    })),
    ...(payments ?? []).flatMap((payment) =>
      payment.allocations
        .filter((allocation) => allocation.invoice_id === invoiceId)
        .map((allocation) => ({
          id: allocation.id,
          at: allocation.made_at,
          what: allocation.reverses === null ? `Payment, ${words(payment.method)}` : 'Taken back',
          to: `/payments/${payment.id}`,
          reference: payment.reference ?? NOTHING,
          amount: allocation.amount,
        })),
    ),
  ].sort((one, other) => one.at.localeCompare(other.at));
  return (
    <Panel title="What came for it">
      <DataTable
        label="What came for it"
        rows={movements}
        rowKey={(movement) => movement.id}
        empty={<Empty title="Nothing was paid or credited yet" />}
        columns={[
          { title: 'When', cell: (movement) => format.instant(movement.at) },
          {
            title: 'What',
            cell: ({ what, to }) =>
              to === undefined ? (
                what
              ) : (
                <Anchor component={Link} to={to} fz="inherit">
                  {what}
                </Anchor>
              ),
          },
          { title: 'Reference', cell: (movement) => movement.reference },
          { title: 'Amount', right: true, cell: (movement) => <Amount of={movement.amount} /> },
        ]}
      />
    </Panel>
  );
}
