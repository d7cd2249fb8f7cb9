import { Anchor, Button, Center, Group, Select, Text, Timeline } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { Activity, ActivityKind, CaseDetail } from '../../api/collections';
import type { Page } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { useList } from '../../ui/useList';
import { colorOf, toldOf } from './told';

const KINDS: ActivityKind[] = [
  'opened',
  'note',
  'call',
  'contact',
  'moved',
  'assigned',
  'changed',
  'payment',
  'promise',
  'plan',
  'dispute',
  'offer',
  'stage',
  'decision',
  'reminder',
];

/** Everything that happened on a case, the latest first. */
export function CaseTimeline({ of: shown }: { of: CaseDetail }) {
  const format = useFormat();
  const [kind, setKind] = useState<ActivityKind | null>(null);
  const list = useList<Activity>(
    ['case', shown.id, 'timeline', kind],
    (paging) =>
      taken<Page<Activity>>(
        api.GET('/api/v1/collections/cases/{case_id}/timeline', {
          params: {
            path: { case_id: shown.id },
            query: { ...paging, kind: kind === null ? undefined : [kind] },
          },
        }),
      ),
    { refetchInterval: 5_000 },
  );
  return (
    <Panel
      title="Timeline"
      aside={
        <Select
          aria-label="Kind"
          placeholder="Everything"
          clearable
          w={140}
          value={kind}
          onChange={setKind}
          data={KINDS.map((value) => ({ value, label: words(value) }))}
        />
      }
    >
      <ProblemAlert error={list.error} onRetry={list.retry} />
      {list.rows?.length === 0 && <Empty title="Nothing happened yet" />}
      <Timeline bulletSize={12} lineWidth={2} active={list.rows?.length}>
        {list.rows?.map((activity) => (
          <Timeline.Item key={activity.id} color={colorOf(activity)}>
            <Group gap="xs" mt={-4}>
              <Text fz="sm" fw={600}>
                {toldOf(activity, format)}
              </Text>
              <Way of={activity} />
            </Group>
            {activity.note !== null && (
              <Text fz="sm" style={{ whiteSpace: 'pre-wrap' }}>
                {activity.note}
              </Text>
            )}
            <Text fz="xs" c="dimmed">
              {format.instant(activity.at)} · {activity.actor_name ?? 'by itself'}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
      {list.hasMore && (
        <Center>
          <Button variant="default" loading={list.loadingMore} onClick={list.loadMore}>
            Load more
          </Button>
        </Center>
      )}
    </Panel>
  );
}

/** Where more of it is to be seen. */
function Way({ of: { id, kind, data } }: { of: Activity }) {
  const to =
    kind === 'decision'
      ? `/decisions/${id}`
      : kind === 'stage' && typeof data.decision_id === 'string'
        ? `/decisions/${data.decision_id}`
        : typeof data.invoice_id === 'string'
          ? `/invoices/${data.invoice_id}`
          : null;
  if (to === null) return null;
  return (
    <Anchor component={Link} to={to} fz="xs">
      {kind === 'decision' || kind === 'stage' ? 'why' : 'invoice'}
    </Anchor>
  );
}
