import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

import type { Payment } from '../../api/money';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { standing } from './standing';

/** What a payment was put against, and what was taken back again. */
export function Allocations({ payment }: { payment: Payment }) {
  const format = useFormat();
  const holds = new Set(standing(payment).map(({ id }) => id));
  return (
    <Panel title="Allocations">
      <DataTable
        label="Allocations"
        rows={payment.allocations}
        rowKey={({ id }) => id}
        empty={<Empty title="Against no invoice" />}
        columns={[
          { title: 'When', cell: ({ made_at }) => format.instant(made_at) },
          {
            title: 'Invoice',
            cell: ({ invoice_id, number }) => (
              <Anchor component={Link} to={`/invoices/${invoice_id}`} fz="inherit">
                {number ?? 'an invoice'}
              </Anchor>
            ),
          },
          {
            title: 'State',
            cell: ({ id, reverses }) => (
              <StatusBadge
                status={
                  holds.has(id) ? 'it holds' : reverses === null ? 'taken back' : 'a taking back'
                }
              />
            ),
          },
          { title: 'Amount', right: true, cell: ({ amount }) => <Amount of={amount} /> },
        ]}
      />
    </Panel>
  );
}
