import { Alert, Button, Group, List, Paper, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, newKey, taken } from '../../api/client';
import type { Stop } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { useSession } from '../../session/useSession';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { refused, told } from '../../ui/notify';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { lookOf, words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';

const STATUSES: Stop['status'][] = ['waiting', 'half_released', 'released', 'dismissed'];

/** Days and runs that would suspend too many: what moved, and what two people say to it. */
export function Stops() {
  const [filters, change] = useFilters('status');
  const list = useList<Stop>(
    ['stops', filters.status],
    (paging) =>
      taken<Page<Stop>>(
        api.GET('/api/v1/collections/stops', {
          params: {
            query: { ...paging, status: filters.status as Stop['status'] | undefined },
          },
        }),
      ),
    { refetchInterval: 10_000 },
  );
  return (
    <Stack>
      <Select
        label="Status"
        placeholder="Any"
        clearable
        w={210}
        value={filters.status ?? null}
        onChange={(status) => change({ status })}
        data={STATUSES.map((value) => ({ value, label: lookOf(value).label }))}
      />
      <ProblemAlert error={list.error} onRetry={list.retry} />
      {list.rows?.length === 0 && (
        <Paper>
          <Empty title="Nothing was stopped">
            A policy with a safety stop waits for two people before it suspends unusually many.
          </Empty>
        </Paper>
      )}
      {list.rows?.map((stop) => (
        <StopCard key={stop.id} of={stop} />
      ))}
      {list.hasMore && (
        <Button variant="default" loading={list.loadingMore} onClick={list.loadMore}>
          Load more
        </Button>
      )}
    </Stack>
  );
}

function StopCard({ of: stop }: { of: Stop }) {
  const format = useFormat();
  const client = useQueryClient();
  const mayAdminister = useMay('administer');
  const me = useSession()?.tokens.user.id;
  const deciding = useMutation({
    mutationFn: (what: 'release' | 'dismiss') => {
      const params = {
        path: { stop_id: stop.id },
        header: { 'Idempotency-Key': newKey() },
      };
      return taken<Stop>(
        what === 'release'
          ? api.POST('/api/v1/collections/stops/{stop_id}/release', { params })
          : api.POST('/api/v1/collections/stops/{stop_id}/dismiss', { params }),
      );
    },
    onSuccess: ({ status }) => {
      told(`The stop is ${lookOf(status).label}.`);
      void client.invalidateQueries({ queryKey: ['stops'] });
    },
    onError: refused,
  });
  const open = stop.status === 'waiting' || stop.status === 'half_released';
  const mine = stop.first_released_by !== null && stop.first_released_by === me;
  return (
    <Paper>
      <Group justify="space-between" align="start">
        <Group gap="xs">
          <StatusBadge status={stop.status} />
          <Text fw={600}>
            {format.number(stop.would_suspend)} of {format.number(stop.lines_on)} lines would be
            suspended
          </Text>
          <Text fz="sm" c="dimmed">
            {format.instant(stop.stopped_at)}
          </Text>
        </Group>
        <Group gap="xs">
          <Button component={Link} to={`/runs/${stop.run_id}`} variant="default">
            The run
          </Button>
          {mayAdminister && open && (
            <>
              <Button
                variant="default"
                loading={deciding.isPending}
                onClick={() => deciding.mutate('dismiss')}
              >
                Dismiss
              </Button>
              <Button
                disabled={mine}
                loading={deciding.isPending}
                onClick={() => deciding.mutate('release')}
              >
                {stop.status === 'waiting' ? 'Release (1 of 2)' : 'Release (2 of 2)'}
              </Button>
            </>
          )}
        </Group>
      </Group>
      <Text fz="sm" mt={4}>
        Without a release {format.number(stop.limit_lines)} may be; usual are{' '}
        {format.number(stop.usual)} a day.
      </Text>
      <Text fz="xs" c="dimmed" mt="xs">
        What moved
      </Text>
      <List fz="sm">
        {Object.entries(stop.moved).map(([name, value]) => (
          <List.Item key={name}>
            {words(name)}: {String(value)}
          </List.Item>
        ))}
      </List>
      <Decided of={stop} />
      {open && mine && (
        <Alert mt="xs" color="yellow" variant="light">
          You have released it; it goes on when somebody else does, too.
        </Alert>
      )}
    </Paper>
  );
}

/** Who said what to it, and when. */
function Decided({ of: stop }: { of: Stop }) {
  const format = useFormat();
  const said = [
    { what: 'First release by', who: stop.first_released_by, at: stop.first_released_at },
    { what: 'Released by', who: stop.released_by, at: stop.released_at },
    { what: 'Dismissed by', who: stop.dismissed_by, at: stop.dismissed_at },
  ].filter(({ who }) => who !== null);
  return said.map(({ what, who, at }) => (
    <Text key={what} fz="sm" mt={4}>
      {what} <UserName id={who} />, {format.instant(at)}
    </Text>
  ));
}
