import { Group, Paper, Select, Text, TextInput } from '@mantine/core';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Page, Payment, PaymentMethod } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { isZero, NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { OneCustomer } from '../../ui/OneCustomer';
import { PageHeader } from '../../ui/Panel';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';

const METHODS: PaymentMethod[] = ['cash', 'card', 'bank_transfer', 'check', 'wallet', 'other'];

export function PaymentsPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const [filters, change] = useFilters(
    'method',
    'received_from',
    'received_to',
    'customer_id',
    'sort',
  );
  const list = useList<Payment>(
    ['payments', filters],
    (paging) =>
      taken<Page<Payment>>(
        api.GET('/api/v1/payments', {
          params: {
            query: {
              ...paging,
              method: filters.method as PaymentMethod | undefined,
              received_from: filters.received_from,
              received_to: filters.received_to,
              customer_id: filters.customer_id,
              sort: filters.sort,
            },
          },
        }),
      ),
    { refetchInterval: 10_000 },
  );
  return (
    <>
      <PageHeader title="Payments" />
      <Paper>
        <Group mb="sm" align="end">
          <Select
            label="Method"
            placeholder="Any"
            clearable
            w={150}
            value={filters.method ?? null}
            onChange={(method) => change({ method })}
            data={METHODS.map((value) => ({ value, label: words(value) }))}
          />
          <TextInput
            label="Received from"
            type="date"
            value={filters.received_from ?? ''}
            onChange={(event) => change({ received_from: event.currentTarget.value })}
          />
          <TextInput
            label="Received to"
            type="date"
            value={filters.received_to ?? ''}
            onChange={(event) => change({ received_to: event.currentTarget.value })}
          />
          <OneCustomer id={filters.customer_id} onClear={() => change({ customer_id: null })} />
        </Group>
        <ListView
          label="Payments"
          list={list}
          rowKey={(payment) => payment.id}
          onRow={(payment) => void navigate(`/customers/${payment.customer_id}`)}
          sort={filters.sort ?? '-received_on'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No payment matches">
              Payments are recorded on a customer&apos;s page, or sent by the API.
            </Empty>
          }
          columns={[
            {
              title: 'Received',
              sort: 'received_on',
              cell: (payment) => format.date(payment.received_on),
            },
            { title: 'Recorded', cell: (payment) => format.instant(payment.recorded_at) },
            { title: 'Method', cell: (payment) => words(payment.method) },
            { title: 'Reference', cell: (payment) => payment.reference ?? NOTHING },
            { title: 'For', cell: (payment) => <Allocated payment={payment} /> },
            {
              title: 'Status',
              cell: ({ status }) => <StatusBadge status={status} />,
            },
            {
              title: 'To credit',
              right: true,
              cell: (payment) => <Amount of={payment.credited} quietZero />,
            },
            {
              title: 'Amount',
              right: true,
              cell: (payment) => <Amount of={payment.amount} strong />,
            },
          ]}
        />
      </Paper>
    </>
  );
}

function Allocated({ payment }: { payment: Payment }) {
  const numbers = payment.allocations.map(({ number }) => number ?? 'an invoice');
  if (numbers.length === 0) return <>{isZero(payment.credited) ? NOTHING : 'account credit'}</>;
  return (
    <Text fz="inherit" truncate maw={260} title={numbers.join(', ')}>
      {numbers.join(', ')}
    </Text>
  );
}
