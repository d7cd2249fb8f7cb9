import { Button, Group, Paper, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Customer, Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { Icon } from '../../ui/icons';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { NewCustomer } from './NewCustomer';

export function CustomersPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const mayWrite = useMay('write');
  const [creating, { open, close }] = useDisclosure();
  const [filters, change] = useFilters('q', 'active', 'sort');
  const [typed, setTyped] = useState(filters.q ?? '');
  const search = useDebouncedCallback((q: string) => change({ q }), 250);
  const list = useList<Customer>(['customers', filters], (paging) =>
    taken<Page<Customer>>(
      api.GET('/api/v1/customers', {
        params: {
          query: {
            ...paging,
            q: filters.q,
            sort: filters.sort,
            active: filters.active === undefined ? undefined : filters.active === 'true',
          },
        },
      }),
    ),
  );
  const open_ = (customer: Customer) => void navigate(`/customers/${customer.id}`);
  return (
    <>
      <PageHeader title="Customers">
        {mayWrite && <Button onClick={open}>New customer</Button>}
      </PageHeader>
      <Paper>
        <Group mb="sm">
          <TextInput
            aria-label="Search customers"
            placeholder="Name, national id, e-mail or reference"
            leftSection={<Icon name="search" size={15} />}
            w={320}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              search(event.currentTarget.value.trim());
            }}
          />
          <SegmentedControl
            aria-label="Active"
            value={filters.active ?? ''}
            onChange={(active) => change({ active })}
            data={[
              { value: '', label: 'All' },
              { value: 'true', label: 'Active' },
              { value: 'false', label: 'Inactive' },
            ]}
          />
        </Group>
        <ListView
          label="Customers"
          list={list}
          rowKey={(customer) => customer.id}
          onRow={open_}
          sort={filters.sort ?? 'name'}
          onSort={(sort) => change({ sort })}
          empty={
            filters.q || filters.active ? (
              <Empty title="No customer matches">Try fewer letters, or all customers.</Empty>
            ) : (
              <Empty title="No customers yet">
                Create the first one, or import a file with customers, lines and debts.
              </Empty>
            )
          }
          columns={[
            { title: 'Name', sort: 'name', cell: (customer) => customer.name },
            { title: 'National id', cell: (customer) => customer.national_id ?? NOTHING },
            { title: 'Reference', cell: (customer) => customer.external_ref ?? NOTHING },
            { title: 'E-mail', cell: (customer) => customer.email ?? NOTHING },
            { title: 'Phone', cell: (customer) => customer.phone ?? NOTHING },
            {
              title: 'Since',
              sort: 'created_at',
              cell: (customer) => format.day(customer.created_at),
            },
            {
              title: 'State',
              cell: (customer) => <StatusBadge status={customer.active ? 'active' : 'inactive'} />,
            },
          ]}
        />
      </Paper>
      <NewCustomer opened={creating} onClose={close} onCreated={open_} />
    </>
  );
}
