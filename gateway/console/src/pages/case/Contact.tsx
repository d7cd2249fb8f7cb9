import { Group, Text, Tooltip, Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { Contactability } from '../../api/collections';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';

/** Whether the customer may be contacted now, by which channel, and what stands against it. */
export function Contact({ caseId }: { caseId: string }) {
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ['case', caseId, 'contactability'],
    queryFn: () =>
      taken<Contactability>(
        api.GET('/api/v1/collections/cases/{case_id}/contactability', {
          params: { path: { case_id: caseId } },
        }),
      ),
    refetchInterval: 30_000,
  });
  if (data === undefined) return null;
  const against = data.channels.find(({ allowed }) => !allowed);
  return (
    <Panel
      title="Contact now"
      aside={
        <Text fz="xs" c="dimmed">
          {/* The offset is the customer's: their wall clock is what is shown. */}
          {data.local_time.slice(11, 16)} where the customer is
        </Text>
      }
    >
      <Group gap={6}>
        {data.channels.map(({ channel, allowed, why }) => (
          <Tooltip key={channel} label={why ?? 'Allowed'}>
            <Badge
              color={allowed ? 'teal' : 'red'}
              variant={allowed ? 'light' : 'outline'}
              tt="none"
              radius="sm"
            >
              {channel}
            </Badge>
          </Tooltip>
        ))}
      </Group>
      {against?.why && (
        <Text fz="xs" c="dimmed" mt={6}>
          {against.why}
          {data.next_hours_at !== null && ` Again from ${format.instant(data.next_hours_at)}.`}
        </Text>
      )}
    </Panel>
  );
}
