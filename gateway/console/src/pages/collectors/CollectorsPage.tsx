import { Button, Group, Paper, Progress, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Collector } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { BackTo } from '../../ui/BackTo';
import { Empty } from '../../ui/Empty';
import { NOTHING, percent } from '../../ui/format';
import { Icon } from '../../ui/icons';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { EditCollector } from './EditCollector';
import { NewCollector } from './NewCollector';

/** Who works cases: how many they have in hand, how many they take, what they are paid. */
export function CollectorsPage() {
  const navigate = useNavigate();
  const mayAdminister = useMay('administer');
  const [filters, change] = useFilters('q', 'active', 'sort');
  const [typed, setTyped] = useState(filters.q ?? '');
  const search = useDebouncedCallback((q: string) => change({ q }), 250);
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Collector | null>(null);
  const list = useList<Collector>(['collectors', filters], (paging) =>
    taken<Page<Collector>>(
      api.GET('/api/v1/collections/collectors', {
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
  return (
    <>
      <PageHeader
        title={
          <Group gap="xs">
            <BackTo to="/desk" label="The desk" />
            Collectors
          </Group>
        }
      >
        {mayAdminister && <Button onClick={() => setCreating(true)}>New collector</Button>}
      </PageHeader>
      <Paper>
        <Group mb="sm">
          <TextInput
            aria-label="Find"
            placeholder="Name"
            leftSection={<Icon name="search" size={14} />}
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
          label="Collectors"
          list={list}
          rowKey={({ id }) => id}
          onRow={(row) =>
            mayAdminister ? setEditing(row) : void navigate(`/desk?collector=${row.id}`)
          }
          sort={filters.sort ?? 'name'}
          onSort={(sort) => change({ sort })}
          empty={
            filters.q || filters.active ? (
              <Empty title="No collector matches" />
            ) : (
              <Empty title="No collectors yet">
                A collector is a user with that role, and works the cases that are assigned to them.
              </Empty>
            )
          }
          columns={[
            { title: 'Name', sort: 'name', cell: ({ name }) => name },
            {
              title: 'State',
              cell: ({ active }) => <StatusBadge status={active ? 'active' : 'inactive'} />,
            },
            { title: 'Cases in hand', right: true, cell: ({ cases }) => cases },
            { title: 'Capacity', right: true, sort: 'capacity', cell: ({ capacity }) => capacity },
            {
              title: 'Load',
              width: 120,
              cell: ({ cases, capacity, name }) => (
                <Progress
                  value={capacity === 0 ? 100 : (cases / capacity) * 100}
                  color={cases >= capacity ? 'red' : undefined}
                  aria-label={`Load of ${name}`}
                />
              ),
            },
            {
              title: 'Commission',
              right: true,
              cell: ({ commission_rate }) => percent(commission_rate),
            },
            {
              title: 'Segments',
              cell: ({ segments }) => (segments.length > 0 ? segments.join(', ') : NOTHING),
            },
          ]}
        />
      </Paper>
      {creating && <NewCollector onClose={() => setCreating(false)} onDone={list.retry} />}
      {editing !== null && (
        <EditCollector of={editing} onClose={() => setEditing(null)} onDone={list.retry} />
      )}
    </>
  );
}
