import { Button, Group, Paper, Select, Stack, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { PolicyStatus, PolicySummary } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';
import { StageLine } from './StageLine';
import { usePolicy } from './usePolicy';

const STATUSES: PolicyStatus[] = ['draft', 'published', 'retired'];

/** Every policy there is and was; the one in force is drawn. */
export function Versions() {
  const navigate = useNavigate();
  const format = useFormat();
  const mayAdminister = useMay('administer');
  const [filters, change] = useFilters('status', 'sort');
  const list = useList<PolicySummary>(['policies', filters], (paging) =>
    taken<Page<PolicySummary>>(
      api.GET('/api/v1/collections/policies', {
        params: {
          query: {
            ...paging,
            status: filters.status as PolicyStatus | undefined,
            sort: filters.sort,
          },
        },
      }),
    ),
  );
  const inForce = list.rows?.find(({ status }) => status === 'published');
  return (
    <Stack>
      {inForce !== undefined && <InForce id={inForce.id} />}
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
          {mayAdminister && (
            <Button
              component={Link}
              to={inForce === undefined ? '/policy/new' : `/policy/new?from=${inForce.id}`}
            >
              New draft
            </Button>
          )}
        </Group>
        <ListView
          label="Policies"
          list={list}
          rowKey={({ id }) => id}
          onRow={({ id }) => void navigate(`/policy/${id}`)}
          sort={filters.sort ?? '-created_at'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No policy of stages yet">
              Draft one: which steps come how many days after the due date.
            </Empty>
          }
          columns={[
            { title: 'Version', right: true, width: 70, cell: (row) => row.version ?? NOTHING },
            { title: 'Name', cell: ({ name }) => name },
            { title: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
            {
              title: 'Drafted',
              sort: 'created_at',
              cell: ({ created_at, created_by }) => (
                <>
                  {format.instant(created_at)}
                  <Text fz="xs" c="dimmed">
                    by <UserName id={created_by} nobody="the set-up" />
                  </Text>
                </>
              ),
            },
            { title: 'Published', cell: ({ published_at }) => format.instant(published_at) },
            { title: 'Retired', cell: ({ retired_at }) => format.instant(retired_at) },
          ]}
        />
      </Paper>
    </Stack>
  );
}

function InForce({ id }: { id: string }) {
  const { data } = usePolicy(id);
  if (data === undefined) return null;
  const { name, version, document } = data.policy;
  return <StageLine title={`In force: ${name}, version ${version ?? ''}`} document={document} />;
}
