import type { Payment } from '../../api/money';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';

/** Money of a payment that went away again. */
export function Returns({ payment }: { payment: Payment }) {
  const format = useFormat();
  return (
    <Panel title="Went back">
      <DataTable
        label="Went back"
        rows={payment.returns}
        rowKey={({ id }) => id}
        empty={<Empty title="Nothing went back" />}
        columns={[
          { title: 'Day', cell: ({ returned_on }) => format.date(returned_on) },
          { title: 'How', cell: ({ kind }) => words(kind) },
          { title: 'Reason', cell: ({ reason }) => reason },
          { title: 'Amount', right: true, cell: ({ amount }) => <Amount of={amount} /> },
        ]}
      />
    </Panel>
  );
}
