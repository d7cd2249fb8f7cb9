import { Alert, Anchor, Group, Paper, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from 'react-router';

import { api, taken } from '../../api/client';
import type { RunDetail } from '../../api/collections';
import type { Decision, Page } from '../../api/types';
import { BackTo } from '../../ui/BackTo';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { LineName } from '../../ui/LineName';
import { ListView } from '../../ui/ListView';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';
import { Figure } from '../dashboard/Figure';
import { lasted, REASONS } from './words';

/** One run: what it looked at, what followed, and what it could not judge. */
export function RunPage() {
  const { runId = '' } = useParams();
  const navigate = useNavigate();
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['run', runId],
    queryFn: () =>
      taken<RunDetail>(
        api.GET('/api/v1/collections/runs/{run_id}', { params: { path: { run_id: runId } } }),
      ),
    refetchInterval: ({ state }) => (state.data?.finished_at == null ? 1_000 : false),
  });
  const decisions = useList<Decision>(
    ['decisions', { run_id: runId, changed: data?.changed }],
    (paging) =>
      taken<Page<Decision>>(
        api.GET('/api/v1/collections/decisions', {
          params: { query: { ...paging, run_id: runId } },
        }),
      ),
  );
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={320} />;
  return (
    <>
      <PageHeader
        title={
          <Group gap="xs">
            <BackTo to="/runs" label="All runs" />
            Run
            <StatusBadge status={data.status} />
          </Group>
        }
      />
      <Stack>
        <Text fz="sm" c="dimmed">
          Asked for {format.instant(data.requested_at)} because {REASONS[data.reason]}
          {data.for_day !== null && `, for ${format.date(data.for_day)}`}
          {data.requested_by !== null && (
            <>
              , by <UserName id={data.requested_by} />
            </>
          )}
          .
        </Text>
        {data.stop !== null && data.status === 'stopped' && (
          <Alert color="red" variant="light" title="It would suspend too many and waits">
            <Text fz="sm">
              {format.number(data.stop.would_suspend)} lines would be suspended;{' '}
              {format.number(data.stop.limit_lines)} would have needed no release.{' '}
              <Anchor component={Link} to="/policy?tab=stops" fz="sm">
                Look at the stop
              </Anchor>
            </Text>
          </Alert>
        )}
        <SimpleGrid cols={{ base: 2, md: 4, lg: 7 }} spacing="sm">
          <Figure label="Lines examined" value={format.number(data.examined)} />
          <Figure label="Changed" value={format.number(data.changed)} />
          <Figure label="Suspended" value={format.number(data.suspended)} />
          <Figure label="Reactivated" value={format.number(data.reactivated)} />
          <Figure label="Stages reached" value={format.number(data.warned)} />
          <Figure label="Failed" value={format.number(data.failed)} alarming={data.failed > 0} />
          <Figure label="Took" value={lasted(data.duration_seconds)} />
        </SimpleGrid>
        {data.failures.length > 0 && (
          <Panel title="Could not be judged">
            <DataTable
              label="Failures"
              rows={data.failures}
              rowKey={({ line_id }) => line_id}
              empty={null}
              columns={[
                { title: 'Line', cell: ({ line_id }) => <LineName id={line_id} /> },
                { title: 'At', cell: ({ failed_at }) => format.instant(failed_at) },
                { title: 'Why', cell: (failure) => failure.error },
              ]}
            />
          </Panel>
        )}
        <Paper>
          <ListView
            label="Decisions"
            list={decisions}
            rowKey={({ id }) => id}
            onRow={({ id }) => void navigate(`/decisions/${id}`)}
            empty={<Empty title="It decided nothing">Everything was as it should be.</Empty>}
            columns={[
              { title: 'Outcome', cell: ({ outcome }) => <StatusBadge status={outcome} /> },
              { title: 'Customer', cell: (row) => row.customer_name ?? NOTHING },
              { title: 'Line', right: true, cell: (row) => row.line_number ?? NOTHING },
              { title: 'Why', cell: ({ why }) => why },
            ]}
          />
        </Paper>
      </Stack>
    </>
  );
}
