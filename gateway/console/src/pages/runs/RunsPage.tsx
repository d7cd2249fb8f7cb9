import { Button, Group, Paper, Select, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { api, newKey, taken } from '../../api/client';
import type { Run } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Empty } from '../../ui/Empty';
import { dayStarts, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { refused, told } from '../../ui/notify';
import { PageHeader } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';
import { lasted, REASONS } from './words';

const STATUSES: Run['status'][] = ['pending', 'running', 'stopped', 'finished', 'dismissed'];

/** Every judging anew of all who owe, the latest first. */
export function RunsPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const mayCollect = useMay('collect');
  const [filters, change] = useFilters('status', 'reason', 'from', 'to', 'sort');
  const list = useList<Run>(
    ['runs', filters],
    (paging) =>
      taken<Page<Run>>(
        api.GET('/api/v1/collections/runs', {
          params: {
            query: {
              ...paging,
              status: filters.status as Run['status'] | undefined,
              reason: filters.reason as Run['reason'] | undefined,
              requested_from: dayStarts(filters.from),
              requested_to: dayStarts(filters.to, 1),
              sort: filters.sort,
            },
          },
        }),
      ),
    { refetchInterval: 5_000 },
  );
  const starting = useMutation({
    mutationFn: () =>
      taken<Run>(
        api.POST('/api/v1/collections/runs', {
          params: { header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onSuccess: ({ id }) => {
      told('The run has begun.');
      void navigate(`/runs/${id}`);
    },
    onError: refused,
  });
  return (
    <>
      <PageHeader title="Runs">
        {mayCollect && (
          <Button loading={starting.isPending} onClick={() => starting.mutate()}>
            Judge everybody now
          </Button>
        )}
      </PageHeader>
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
          <Select
            label="Because"
            placeholder="Any"
            clearable
            w={190}
            value={filters.reason ?? null}
            onChange={(reason) => change({ reason })}
            data={Object.entries(REASONS).map(([value, label]) => ({ value, label }))}
          />
          <TextInput
            label="From"
            type="date"
            value={filters.from ?? ''}
            onChange={(event) => change({ from: event.currentTarget.value })}
          />
          <TextInput
            label="To"
            type="date"
            value={filters.to ?? ''}
            onChange={(event) => change({ to: event.currentTarget.value })}
          />
        </Group>
        <ListView
          label="Runs"
          list={list}
          rowKey={({ id }) => id}
          onRow={({ id }) => void navigate(`/runs/${id}`)}
          sort={filters.sort ?? '-requested_at'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No run matches">
              A run judges all who owe anew: when a day passes, a policy changes, a file brought
              late debts, or somebody asks for it.
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
                    <UserName id={requested_by} />
                  </Text>
                </>
              ),
            },
            { title: 'Because', cell: ({ reason }) => REASONS[reason] },
            { title: 'For', cell: ({ for_day }) => format.date(for_day) },
            { title: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
            {
              title: 'Examined',
              right: true,
              cell: ({ examined }) => format.number(examined),
            },
            { title: 'Changed', right: true, cell: ({ changed }) => format.number(changed) },
            { title: 'Failed', right: true, cell: ({ failed }) => format.number(failed) },
            {
              title: 'Took',
              right: true,
              cell: ({ duration_seconds }) => lasted(duration_seconds),
            },
          ]}
        />
      </Paper>
    </>
  );
}
