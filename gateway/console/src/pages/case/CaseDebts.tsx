import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

import type { CaseDetail } from '../../api/collections';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';

/** The open invoices a case is about, the oldest due first. */
export function CaseDebts({ debts }: { debts: CaseDetail['debts'] }) {
  const format = useFormat();
  return (
    <Panel title="Debts">
      <DataTable
        label="Debts"
        rows={debts}
        rowKey={({ invoice_id }) => invoice_id}
        empty={<Empty title="Nothing is owed any more" />}
        columns={[
          {
            title: 'Invoice',
            cell: ({ invoice_id, number }) => (
              <Anchor component={Link} to={`/invoices/${invoice_id}`} fz="inherit">
                {number}
              </Anchor>
            ),
          },
          { title: 'Due', cell: ({ due_on }) => format.date(due_on) },
          {
            title: 'Days overdue',
            right: true,
            cell: ({ days_overdue }) =>
              days_overdue > 0 ? (
                <Text span fz="inherit" c="red.8" fw={600}>
                  {days_overdue}
                </Text>
              ) : (
                'not yet'
              ),
          },
          { title: 'Open', right: true, cell: ({ open }) => <Amount of={open} strong /> },
        ]}
      />
    </Panel>
  );
}
