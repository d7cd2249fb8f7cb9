import { Button, Group, Paper, Progress, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { WhatIf } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';
import { NewWhatIf } from './NewWhatIf';

const STATUSES: WhatIf['status'][] = ['pending', 'running', 'finished', 'cancelled', 'failed'];

/** How far a what-if is, as a share of a hundred. */
export function progressOf({ status, customers, customers_done }: WhatIf): number {
  if (status === 'finished') return 100;
  return customers === 0 ? 0 : (customers_done / customers) * 100;
}

/** Policies tried over the recorded past. */
export function WhatIfs() {
  const navigate = useNavigate();
  const format = useFormat();
  const mayCollect = useMay('collect');
  const [filters, change] = useFilters('status', 'sort');
  const [starting, setStarting] = useState(false);
  const list = useList<WhatIf>(
    ['what-ifs', filters],
    (paging) =>
      taken<Page<WhatIf>>(
        api.GET('/api/v1/collections/what-ifs', {
          params: {
            query: {
              ...paging,
              status: filters.status as WhatIf['status'] | undefined,
              sort: filters.sort,
            },
          },
        }),
      ),
    { refetchInterval: 3_000 },
  );
  return (
    <Paper>
      <Group mb="sm" justify="space-between" align="end">
        <Select
          label="Status"
          placeholder="Any"
          clearable
          w={150}
          value={filters.status ?? null}
          onChange={(status) => change({ status })}
          data={STATUSES.map((value) => ({ value, label: lookOf(value).label }))}
        />
        {mayCollect && <Button onClick={() => setStarting(true)}>Try a policy…</Button>}
      </Group>
      <ListView
        label="What-ifs"
        list={list}
        rowKey={({ id }) => id}
        onRow={({ id }) => void navigate(`/what-ifs/${id}`)}
        sort={filters.sort ?? '-requested_at'}
        onSort={(sort) => change({ sort })}
        empty={
          <Empty title="Nothing was tried yet">
            A what-if says whom a policy would have warned or cut off in the past, and when.
          </Empty>
        }
        columns={[
          {
            title: 'Asked for',
            sort: 'requested_at',
            cell: ({ requested_at, requested_by }) => (
              <>
                {format.instant(requested_at)}
                <Text fz="xs" c="dimmed">
                  by <UserName id={requested_by} />
                </Text>
              </>
            ),
          },
          { title: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
          { title: 'From', cell: ({ from_on }) => format.date(from_on) },
          { title: 'To', cell: ({ to_on }) => format.date(to_on) },
          { title: 'Customers', right: true, cell: ({ customers }) => format.number(customers) },
          {
            title: 'Done',
            width: 140,
            cell: (row) => <Progress value={progressOf(row)} aria-label="Done" />,
          },
        ]}
      />
      {starting && <NewWhatIf policyId={null} onClose={() => setStarting(false)} />}
    </Paper>
  );
}
