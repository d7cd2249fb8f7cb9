import { Group, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Payment, PaymentStatus } from '../../api/money';
import type { Page, PaymentMethod } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Choice } from '../../ui/Choice';
import { Empty } from '../../ui/Empty';
import { isZero, NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { OneCustomer } from '../../ui/OneCustomer';
import { PageHeader } from '../../ui/Panel';
import { SearchField } from '../../ui/SearchField';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { useDepositAccounts } from '../deposits/useDepositAccounts';
import { MethodChart } from './MethodChart';

const METHODS: PaymentMethod[] = ['cash', 'card', 'bank_transfer', 'check', 'wallet', 'other'];
const STATUSES: PaymentStatus[] = [
  'succeeded',
  'pending',
  'failed',
  'cancelled',
  'partially_refunded',
  'refunded',
  'disputed',
  'charged_back',
  'reversed',
];

/** Money that came, and money under way at a card processor. */
export function PaymentsPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const accounts = useDepositAccounts();
  const [filters, change] = useFilters(
    'q',
    'status',
    'method',
    'deposit_account_id',
    'received_from',
    'received_to',
    'customer_id',
    'sort',
  );
  const { q, status, method, sort, ...same } = filters;
  const query = { ...same, method: method as PaymentMethod | undefined };
  const list = useList<Payment>(
    ['payments', filters],
    (paging) =>
      taken<Page<Payment>>(
        api.GET('/api/v1/payments', {
          params: {
            query: { ...paging, ...query, q, status: status as PaymentStatus | undefined, sort },
          },
        }),
      ),
    { refetchInterval: 10_000 },
  );
  return (
    <>
      <PageHeader title="Payments" />
      <Stack>
        <MethodChart query={query} />
        <Paper>
          <Group mb="sm" align="end">
            <SearchField label="Reference" value={q} onChange={(words) => change({ q: words })} />
            <Choice
              label="Status"
              value={status}
              of={STATUSES}
              onChange={(value) => change({ status: value })}
            />
            <Choice
              label="Method"
              value={method}
              of={METHODS}
              onChange={(value) => change({ method: value })}
            />
            <Choice
              label="Deposit account"
              width={180}
              value={filters.deposit_account_id}
              of={accounts.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(deposit_account_id) => change({ deposit_account_id })}
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
            onRow={(payment) => void navigate(`/payments/${payment.id}`)}
            sort={sort ?? '-received_on'}
            onSort={(by) => change({ sort: by })}
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
              {
                title: 'Reference',
                cell: ({ reference }) => (
                  <Text fz="inherit" truncate maw={150} title={reference ?? undefined}>
                    {reference ?? NOTHING}
                  </Text>
                ),
              },
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
                sort: 'amount',
                right: true,
                cell: (payment) => <Amount of={payment.amount} strong />,
              },
            ]}
          />
        </Paper>
      </Stack>
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
