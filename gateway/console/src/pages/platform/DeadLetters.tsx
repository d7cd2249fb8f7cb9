import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import { SERVICES, type DeadLetter, type Page, type ServiceName } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { refused, told } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useList } from '../../ui/useList';
import { DiscardLetter } from './DiscardLetter';

/** Events a service could not take: once the cause is mended, they are played again. */
export function DeadLetters() {
  const format = useFormat();
  const queryClient = useQueryClient();
  const [service, setService] = useState<ServiceName>('customers');
  const [discarding, setDiscarding] = useState<DeadLetter | null>(null);
  const list = useList<DeadLetter>(
    ['dead-letters', service],
    (paging) =>
      taken<Page<DeadLetter>>(
        api.GET('/api/v1/admin/{service}/dead-letters', {
          params: { path: { service }, query: { ...paging } },
        }),
      ),
    { refetchInterval: 5_000 },
  );
  const renew = () => queryClient.invalidateQueries({ queryKey: ['dead-letters', service] });
  const replay = useMutation({
    mutationFn: (id: string) =>
      taken<DeadLetter>(
        api.POST('/api/v1/admin/{service}/dead-letters/{id}/replay', {
          params: { path: { service, id }, header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onSuccess: () => {
      told('The event is played again.');
      void renew();
    },
    onError: refused,
  });
  return (
    <Panel
      title="Dead letters"
      aside={
        <SegmentedControl
          aria-label="Service"
          value={service}
          onChange={(value) => setService(value)}
          data={[...SERVICES]}
        />
      }
    >
      <ListView
        label="Dead letters"
        list={list}
        rowKey={(letter) => letter.id}
        empty={<Empty title={`${service} has none`}>Every event was taken.</Empty>}
        columns={[
          { title: 'Died', cell: (letter) => format.instant(letter.died_at) },
          { title: 'Type', cell: (letter) => letter.type ?? NOTHING },
          { title: 'State', cell: (letter) => <StatusBadge status={letter.state} /> },
          { title: 'Attempts', right: true, cell: (letter) => letter.attempts },
          {
            title: 'Why',
            cell: (letter) => (
              <Text fz="sm" lineClamp={2} maw={460} title={letter.error}>
                {letter.reason}: {letter.error}
              </Text>
            ),
          },
          {
            title: '',
            right: true,
            cell: (letter) =>
              letter.state === 'dead' && (
                <Group gap={6} wrap="nowrap" justify="flex-end">
                  <Button
                    size="compact-xs"
                    variant="light"
                    onClick={() => replay.mutate(letter.id)}
                  >
                    Replay
                  </Button>
                  <Button size="compact-xs" variant="default" onClick={() => setDiscarding(letter)}>
                    Discard
                  </Button>
                </Group>
              ),
          },
        ]}
      />
      {discarding && (
        <DiscardLetter
          service={service}
          letter={discarding}
          onClose={() => setDiscarding(null)}
          onDiscarded={() => void renew()}
        />
      )}
    </Panel>
  );
}
