import { Group, Paper, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Invoice, InvoiceStatus, InvoiceSummary, Page } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { OneCustomer } from '../../ui/OneCustomer';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { InvoiceTotals } from './InvoiceTotals';

const STATUSES: InvoiceStatus[] = ['open', 'overdue', 'partial', 'sent', 'paid', 'draft', 'void'];

export function InvoicesPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const [filters, change] = useFilters('status', 'due_from', 'due_to', 'customer_id', 'sort');
  const query = {
    status: filters.status ? [filters.status as InvoiceStatus] : undefined,
    due_from: filters.due_from,
    due_to: filters.due_to,
    customer_id: filters.customer_id,
  };
  const list = useList<Invoice>(['invoices', filters], (paging) =>
    taken<Page<Invoice>>(
      api.GET('/api/v1/invoices', {
        params: { query: { ...paging, ...query, sort: filters.sort } },
      }),
    ),
  );
  const totals = useQuery({
    queryKey: ['invoices', 'summary', query],
    queryFn: () =>
      taken<InvoiceSummary>(api.GET('/api/v1/invoices/summary', { params: { query } })),
  });
  return (
    <>
      <PageHeader title="Invoices" />
      <Paper>
        <Group mb="sm" align="end">
          <Select
            label="Status"
            placeholder="Any"
            clearable
            w={150}
            value={filters.status ?? null}
            onChange={(status) => change({ status })}
            data={STATUSES.map((value) => ({ value, label: lookOf(value).label }))}
          />
          <TextInput
            label="Due from"
            type="date"
            value={filters.due_from ?? ''}
            onChange={(event) => change({ due_from: event.currentTarget.value })}
          />
          <TextInput
            label="Due to"
            type="date"
            value={filters.due_to ?? ''}
            onChange={(event) => change({ due_to: event.currentTarget.value })}
          />
          <OneCustomer id={filters.customer_id} onClear={() => change({ customer_id: null })} />
          <InvoiceTotals summary={totals.data} />
        </Group>
        <ListView
          label="Invoices"
          list={list}
          rowKey={(invoice) => invoice.id}
          onRow={(invoice) => void navigate(`/invoices/${invoice.id}`)}
          sort={filters.sort ?? '-issued_on'}
          onSort={(sort) => change({ sort })}
          empty={<Empty title="No invoice matches" />}
          columns={[
            { title: 'Number', sort: 'number', cell: (invoice) => invoice.number ?? NOTHING },
            { title: 'Customer', cell: (invoice) => invoice.customer_name ?? NOTHING },
            {
              title: 'Issued',
              sort: 'issued_on',
              cell: (invoice) => format.date(invoice.issued_on),
            },
            { title: 'Due', sort: 'due_on', cell: (invoice) => format.date(invoice.due_on) },
            {
              title: 'Status',
              cell: ({ status, kind }) => (
                <Group gap={4}>
                  <StatusBadge status={status} />
                  {kind !== 'charge' && <StatusBadge status={kind} />}
                </Group>
              ),
            },
            {
              title: 'Total',
              sort: 'total',
              right: true,
              cell: (invoice) => <Amount of={invoice.total} />,
            },
            {
              title: 'Open',
              right: true,
              cell: (invoice) => <Amount of={invoice.open} strong quietZero />,
            },
          ]}
        />
      </Paper>
    </>
  );
}
