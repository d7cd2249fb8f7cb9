import { Button, Group, Paper, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { Exemption } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { CustomerName } from '../../ui/CustomerName';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { LineName } from '../../ui/LineName';
import { ListView } from '../../ui/ListView';
import { OneCustomer } from '../../ui/OneCustomer';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';
import { GrantExemption } from './GrantExemption';
import { useRevoke } from './useRevoke';

/** Whom nothing is to happen to, until when, and why. */
export function Exemptions() {
  const format = useFormat();
  const client = useQueryClient();
  const mayCollect = useMay('collect');
  const [filters, change] = useFilters('area', 'on', 'customer_id', 'sort');
  const [granting, setGranting] = useState(false);
  const list = useList<Exemption>(['exemptions', filters], (paging) =>
    taken<Page<Exemption>>(
      api.GET('/api/v1/collections/exemptions', {
        params: {
          query: {
            ...paging,
            area: filters.area,
            in_force_on: filters.on,
            customer_id: filters.customer_id,
            sort: filters.sort,
          },
        },
      }),
    ),
  );
  const changed = () => void client.invalidateQueries({ queryKey: ['exemptions'] });
  const revoking = useRevoke(changed);
  return (
    <Paper>
      <Group mb="sm" justify="space-between" align="end">
        <Group align="end">
          <TextInput
            label="Area"
            value={filters.area ?? ''}
            onChange={(event) => change({ area: event.currentTarget.value })}
          />
          <TextInput
            label="In force on"
            type="date"
            value={filters.on ?? ''}
            onChange={(event) => change({ on: event.currentTarget.value })}
          />
          <OneCustomer id={filters.customer_id} onClear={() => change({ customer_id: null })} />
        </Group>
        {mayCollect && <Button onClick={() => setGranting(true)}>Exempt…</Button>}
      </Group>
      <ListView
        label="Exemptions"
        list={list}
        rowKey={({ id }) => id}
        sort={filters.sort ?? '-created_at'}
        onSort={(sort) => change({ sort })}
        empty={
          <Empty title="Nobody is exempt">
            An exemption keeps a customer, a line or a whole area from every step until a day.
          </Empty>
        }
        columns={[
          {
            title: 'Whom',
            cell: ({ customer_id, line_id, area }) =>
              customer_id !== null ? (
                <CustomerName id={customer_id} />
              ) : line_id !== null ? (
                <LineName id={line_id} />
              ) : (
                `area ${area ?? ''}`
              ),
          },
          { title: 'From', cell: ({ from_on }) => format.date(from_on) },
          { title: 'Until', cell: ({ until_on }) => format.date(until_on) },
          { title: 'Why', cell: ({ reason }) => reason },
          {
            title: 'Granted',
            sort: 'created_at',
            cell: ({ created_at, created_by }) => (
              <>
                {format.instant(created_at)}
                <Text fz="xs" c="dimmed">
                  by <UserName id={created_by} />
                </Text>
              </>
            ),
          },
          {
            title: '',
            right: true,
            cell: ({ id, revoked_at, revoked_by }) =>
              revoked_at !== null ? (
                <>
                  <StatusBadge status="revoked" />
                  <Text fz="xs" c="dimmed">
                    by <UserName id={revoked_by} />
                  </Text>
                </>
              ) : (
                mayCollect && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    loading={revoking.isPending && revoking.variables === id}
                    onClick={() => revoking.mutate(id)}
                  >
                    Revoke
                  </Button>
                )
              ),
          },
        ]}
      />
      {granting && <GrantExemption onClose={() => setGranting(false)} onDone={changed} />}
    </Paper>
  );
}
