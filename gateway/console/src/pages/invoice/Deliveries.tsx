import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { Delivery, Page } from '../../api/types';
import { NOTHING, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';

/** Every attempt to bring an invoice to its customer, the latest first. */
export function Deliveries({ invoiceId }: { invoiceId: string }) {
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ['invoice', invoiceId, 'deliveries'],
    queryFn: () =>
      taken<Page<Delivery>>(
        api.GET('/api/v1/invoices/{invoice_id}/deliveries', {
          params: { path: { invoice_id: invoiceId } },
        }),
      ),
    refetchInterval: 5_000,
  });
  return (
    <Panel title="Deliveries">
      {data?.items.length === 0 && (
        <Text fz="sm" c="dimmed">
          Not sent yet.
        </Text>
      )}
      <Stack gap="xs">
        {data?.items.map((delivery) => (
          <div key={delivery.id}>
            <Group gap="xs">
              <StatusBadge status={delivery.state} />
              <Text fz="sm">{delivery.recipient ?? NOTHING}</Text>
            </Group>
            <Text fz="xs" c="dimmed">
              {format.instant(delivery.sent_at ?? delivery.created_at)}
              {delivery.reason !== null && `: ${delivery.reason}`}
            </Text>
          </div>
        ))}
      </Stack>
    </Panel>
  );
}
