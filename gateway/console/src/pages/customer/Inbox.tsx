import { Badge, Button, Group, SegmentedControl, Stack, Text, UnstyledButton } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { Reminder } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { useFormat } from '../../ui/format';
import { refused } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { useList } from '../../ui/useList';

/** A customer's inbox: what they were reminded of, and what of it was read. */
export function Inbox({ customerId }: { customerId: string }) {
  const client = useQueryClient();
  const [unread, setUnread] = useState(false);
  const writes = useMay('write');
  const collects = useMay('collect');
  const mayMark = writes || collects;
  const path = { customer_id: customerId };
  const list = useList<Reminder>(
    ['inbox', customerId, unread],
    ({ cursor }) =>
      taken<Page<Reminder>>(
        api.GET('/api/v1/customers/{customer_id}/reminders', {
          params: { path, query: { cursor, limit: 10, read: unread ? false : undefined } },
        }),
      ),
    { refetchInterval: 15_000 },
  );
  const onSuccess = () => void client.invalidateQueries({ queryKey: ['inbox', customerId] });
  const readOne = useMutation({
    mutationFn: (id: string) =>
      taken(
        api.POST('/api/v1/customers/{customer_id}/reminders/{reminder_id}/read', {
          params: { path: { ...path, reminder_id: id }, header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onSuccess,
    onError: refused,
  });
  const readAll = useMutation({
    mutationFn: () =>
      taken(
        api.POST('/api/v1/customers/{customer_id}/reminders/read-all', {
          params: { path, header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onSuccess,
    onError: refused,
  });
  const anyUnread = list.rows?.some(({ read }) => !read) ?? false;
  return (
    <Panel
      title="Inbox"
      aside={
        mayMark &&
        anyUnread && (
          <Button
            variant="default"
            size="compact-xs"
            loading={readAll.isPending}
            onClick={() => readAll.mutate()}
          >
            All read
          </Button>
        )
      }
    >
      <SegmentedControl
        mb="xs"
        aria-label="Which reminders"
        value={unread ? 'unread' : 'all'}
        onChange={(value) => setUnread(value === 'unread')}
        data={[
          { value: 'all', label: 'All' },
          { value: 'unread', label: 'Unread' },
        ]}
      />
      <ProblemAlert error={list.error} onRetry={list.retry} />
      {list.rows?.length === 0 && (
        <Text fz="sm" c="dimmed">
          {unread ? 'Everything was read.' : 'No reminder was sent yet.'}
        </Text>
      )}
      <Stack gap="xs">
        {list.rows?.map((reminder) => (
          <Letter
            key={reminder.id}
            of={reminder}
            onRead={mayMark ? () => readOne.mutate(reminder.id) : undefined}
          />
        ))}
      </Stack>
      {list.hasMore && (
        <Button mt="xs" variant="default" loading={list.loadingMore} onClick={list.loadMore}>
          Load more
        </Button>
      )}
    </Panel>
  );
}

/** One reminder; opening it does not mark it as read: that is the customer's, or is said. */
function Letter({ of: reminder, onRead }: { of: Reminder; onRead?: () => void }) {
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  return (
    <div>
      <UnstyledButton w="100%" aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <Group gap="xs">
          <StatusBadge status={reminder.kind} />
          {!reminder.read && (
            <Badge size="xs" variant="filled" tt="none" radius="sm">
              unread
            </Badge>
          )}
          <Text fz="xs" c="dimmed">
            {format.instant(reminder.created_at)}
          </Text>
        </Group>
        <Text fz="sm" fw={reminder.read ? undefined : 600}>
          {reminder.title}
        </Text>
      </UnstyledButton>
      {opened && (
        <>
          <Text fz="sm" style={{ whiteSpace: 'pre-wrap' }}>
            {reminder.body}
          </Text>
          {!reminder.read && onRead && (
            <Button mt={4} size="compact-xs" variant="default" onClick={onRead}>
              Mark as read
            </Button>
          )}
        </>
      )}
    </div>
  );
}
