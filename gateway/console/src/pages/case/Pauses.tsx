import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { CaseDetail, Pause } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { EndWithNote } from './EndWithNote';

interface Props {
  of: CaseDetail;
  onDone: () => void;
}

/** What keeps the policy from going on now, whatever put it; one made by hand can be ended. */
export function Pauses({ of: shown, onDone }: Props) {
  const format = useFormat();
  const mayCollect = useMay('collect');
  const [ending, setEnding] = useState<Pause | null>(null);
  const query = { customer_id: shown.customer_id, active: true, limit: 100 };
  const { data } = useQuery({
    queryKey: ['case', shown.id, 'pauses'],
    queryFn: () => taken<Page<Pause>>(api.GET('/api/v1/collections/pauses', { params: { query } })),
    refetchInterval: 10_000,
  });
  const pauses = (data?.items ?? []).filter(
    ({ line_id }) => line_id === null || shown.line_id === null || line_id === shown.line_id,
  );
  if (pauses.length === 0) return null;
  return (
    <Panel title="Paused">
      <Stack gap="xs">
        {pauses.map((pause) => (
          <div key={pause.id}>
            <Group justify="space-between" wrap="nowrap">
              <Group gap="xs">
                <StatusBadge status={pause.kind} />
                <Text fz="sm">
                  {pause.until_on === null
                    ? `Since ${format.date(pause.from_on)}`
                    : `Until ${format.date(pause.until_on)}`}
                </Text>
              </Group>
              <Group gap="xs" wrap="nowrap">
                {pause.amount !== null && <Amount of={pause.amount} />}
                {mayCollect && pause.kind === 'manual' && (
                  <Button size="compact-xs" variant="default" onClick={() => setEnding(pause)}>
                    End…
                  </Button>
                )}
              </Group>
            </Group>
            {pause.reason !== null && (
              <Text fz="xs" c="dimmed">
                {pause.reason}
              </Text>
            )}
          </div>
        ))}
      </Stack>
      {ending !== null && <EndPause of={ending} onClose={() => setEnding(null)} onDone={onDone} />}
    </Panel>
  );
}

interface EndProps {
  of: Pause;
  onClose: () => void;
  onDone: () => void;
}

function EndPause({ of: pause, onClose, onDone }: EndProps) {
  return (
    <EndWithNote
      title="End the pause"
      submit="End it"
      then="What is due by the policy comes at once."
      said="The policy goes on."
      onClose={onClose}
      onDone={onDone}
      send={(body, key) =>
        taken(
          api.POST('/api/v1/collections/pauses/{pause_id}/end', {
            params: { path: { pause_id: pause.id }, header: { 'Idempotency-Key': key } },
            body,
          }),
        )
      }
    />
  );
}
