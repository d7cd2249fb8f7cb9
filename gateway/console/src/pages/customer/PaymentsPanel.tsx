import { Text } from '@mantine/core';

import type { Payment } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { isZero, NOTHING, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';

/** The last payments and where the money went. */
export function PaymentsPanel({ payments }: { payments: Payment[] | null }) {
  const format = useFormat();
  return (
    <Panel title="Payments">
      {payments === null ? (
        <Empty title="Payments cannot be had now" />
      ) : (
        <DataTable
          label="Payments"
          rows={payments}
          rowKey={(payment) => payment.id}
          empty={<Empty title="No payments yet" />}
          columns={[
            { title: 'Received', cell: (payment) => format.date(payment.received_on) },
            { title: 'Method', cell: (payment) => words(payment.method) },
            { title: 'Reference', cell: (payment) => payment.reference ?? NOTHING },
            {
              title: 'For',
              cell: (payment) => (
                <>
                  {payment.allocations.map(({ id, number }) => (
                    <Text key={id} fz="inherit">
                      {number ?? 'invoice'}
                    </Text>
                  ))}
                  {!isZero(payment.credited) && <Text fz="inherit">account credit</Text>}
                </>
              ),
            },
            { title: 'Amount', right: true, cell: (payment) => <Amount of={payment.amount} /> },
          ]}
        />
      )}
    </Panel>
  );
}
