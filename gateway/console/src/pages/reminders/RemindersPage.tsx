import { Drawer, Group, Paper, SegmentedControl, Select, Text, TextInput } from '@mantine/core';
import { useNavigate, useParams, useSearchParams } from 'react-router';

import { api, taken } from '../../api/client';
import type { DeliveryStatus, Reminder, ReminderKind } from '../../api/collections';
import type { Page } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { CustomerName } from '../../ui/CustomerName';
import { Empty } from '../../ui/Empty';
import { dayStarts, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { OneCustomer } from '../../ui/OneCustomer';
import { PageHeader } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { ReminderView } from './ReminderView';

const KINDS: ReminderKind[] = ['upcoming', 'due_today', 'overdue'];
const DELIVERIES: DeliveryStatus[] = ['queued', 'sent', 'failed', 'bounced', 'not_needed'];

/** Every reminder of the organization, and how it reached its customer. */
export function RemindersPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const { reminderId } = useParams();
  const [params] = useSearchParams();
  const [filters, change] = useFilters(
    'kind',
    'delivery',
    'read',
    'from',
    'to',
    'customer_id',
    'sort',
  );
  const list = useList<Reminder>(
    ['reminders', filters],
    (paging) =>
      taken<Page<Reminder>>(
        api.GET('/api/v1/collections/reminders', {
          params: {
            query: {
              ...paging,
              kind: filters.kind as ReminderKind | undefined,
              delivery: filters.delivery as DeliveryStatus | undefined,
              read: filters.read === undefined ? undefined : filters.read === 'true',
              created_from: dayStarts(filters.from),
              created_until: dayStarts(filters.to, 1),
              customer_id: filters.customer_id,
              sort: filters.sort,
            },
          },
        }),
      ),
    { refetchInterval: 10_000 },
  );
  const go = (id: string) => {
    void navigate({ pathname: id ? `/reminders/${id}` : '/reminders', search: params.toString() });
  };
  return (
    <>
      <PageHeader title="Reminders" />
      <Paper>
        <Group mb="sm" align="end">
          <Select
            label="Kind"
            placeholder="Any"
            clearable
            w={130}
            value={filters.kind ?? null}
            onChange={(kind) => change({ kind })}
            data={KINDS.map((value) => ({ value, label: lookOf(value).label }))}
          />
          <Select
            label="Delivery"
            placeholder="Any"
            clearable
            w={140}
            value={filters.delivery ?? null}
            onChange={(delivery) => change({ delivery })}
            data={DELIVERIES.map((value) => ({ value, label: lookOf(value).label }))}
          />
          <TextInput
            label="Made from"
            type="date"
            value={filters.from ?? ''}
            onChange={(event) => change({ from: event.currentTarget.value })}
          />
          <TextInput
            label="Made to"
            type="date"
            value={filters.to ?? ''}
            onChange={(event) => change({ to: event.currentTarget.value })}
          />
          <SegmentedControl
            aria-label="Read"
            value={filters.read ?? ''}
            onChange={(read) => change({ read })}
            data={[
              { value: '', label: 'All' },
              { value: 'false', label: 'Unread' },
              { value: 'true', label: 'Read' },
            ]}
          />
          <OneCustomer id={filters.customer_id} onClear={() => change({ customer_id: null })} />
        </Group>
        <ListView
          label="Reminders"
          list={list}
          rowKey={({ id }) => id}
          onRow={({ id }) => go(id)}
          sort={filters.sort ?? '-created_at'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No reminder matches">
              Reminders go out on the days the policy names, once per invoice and day.
            </Empty>
          }
          columns={[
            {
              title: 'Made',
              sort: 'created_at',
              cell: ({ created_at }) => format.instant(created_at),
            },
            { title: 'Kind', cell: ({ kind }) => <StatusBadge status={kind} /> },
            { title: 'Customer', cell: ({ customer_id }) => <CustomerName id={customer_id} /> },
            { title: 'Invoice', cell: ({ invoice_number }) => invoice_number },
            { title: 'Due', sort: 'due_on', cell: ({ due_on }) => format.date(due_on) },
            { title: 'Open', right: true, cell: ({ open }) => <Amount of={open} /> },
            {
              title: 'Read',
              cell: ({ read, read_at }) =>
                read ? (
                  format.instant(read_at)
                ) : (
                  <Text span fz="inherit" c="dimmed">
                    not yet
                  </Text>
                ),
            },
          ]}
        />
      </Paper>
      <Drawer
        opened={reminderId !== undefined}
        onClose={() => go('')}
        position="right"
        size="lg"
        title="Reminder"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {reminderId !== undefined && <ReminderView id={reminderId} />}
      </Drawer>
    </>
  );
}
