import { Anchor, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { ReminderDetail } from '../../api/collections';
import { CustomerName } from '../../ui/CustomerName';
import { useFormat } from '../../ui/format';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';

/** One reminder as its customer reads it, and how each delivery of it fared. */
export function ReminderView({ id }: { id: string }) {
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['reminder', id],
    queryFn: () =>
      taken<ReminderDetail>(
        api.GET('/api/v1/collections/reminders/{reminder_id}', {
          params: { path: { reminder_id: id } },
        }),
      ),
    refetchInterval: 5_000,
  });
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={300} />;
  return (
    <Stack>
      <Group gap="xs">
        <StatusBadge status={data.kind} />
        <CustomerName id={data.customer_id} />
        <Anchor component={Link} to={`/invoices/${data.invoice_id}`} fz="sm">
          {data.invoice_number}
        </Anchor>
        <Text fz="sm" c="dimmed">
          {format.money(data.open)}, due {format.date(data.due_on)}
        </Text>
      </Group>
      <Paper>
        <Text fw={600}>{data.title}</Text>
        <Text fz="sm" style={{ whiteSpace: 'pre-wrap' }}>
          {data.body}
        </Text>
      </Paper>
      <section>
        <Title order={3}>Deliveries</Title>
        <Stack gap="xs" mt="xs">
          <div>
            <Group gap="xs">
              <StatusBadge status={data.read ? 'succeeded' : 'sent'} />
              <Text fz="sm">inbox</Text>
            </Group>
            <Text fz="xs" c="dimmed">
              {data.read ? `Read ${format.instant(data.read_at)}` : 'Not read yet'}
            </Text>
          </div>
          {data.deliveries.map((delivery) => (
            <div key={delivery.id}>
              <Group gap="xs">
                <StatusBadge status={delivery.status} />
                <Text fz="sm">
                  {delivery.channel} to {delivery.recipient}
                </Text>
              </Group>
              <Text fz="xs" c="dimmed">
                {delivery.settled_at === null
                  ? `Next try ${format.instant(delivery.next_at)}`
                  : format.instant(delivery.settled_at)}
                , attempt {delivery.attempts}
                {delivery.detail !== null && `: ${delivery.detail}`}
              </Text>
            </div>
          ))}
        </Stack>
      </section>
    </Stack>
  );
}
