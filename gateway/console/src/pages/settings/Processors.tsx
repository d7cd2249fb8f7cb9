import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, asSeen, taken } from '../../api/client';
import type { Processor } from '../../api/money';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { refused } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { ProcessorKeys } from './ProcessorKeys';
import { useProcessors } from './useProcessors';

/** Who takes card payments for the organization: one at a time. */
export function Processors() {
  const client = useQueryClient();
  const { data, error } = useProcessors();
  const [asking, setAsking] = useState<Processor | 'new' | null>(null);
  const changed = () => void client.invalidateQueries({ queryKey: ['processors'] });
  const toggling = useMutation({
    mutationFn: (processor: Processor) =>
      taken(
        api.PATCH('/api/v1/processors/{processor_id}', {
          params: { path: { processor_id: processor.id }, header: asSeen(processor) },
          body: { active: !processor.active },
        }),
      ),
    onError: refused,
    onSettled: changed,
  });
  return (
    <Panel
      title="Card processor"
      aside={
        <Button variant="default" size="compact-xs" onClick={() => setAsking('new')}>
          Add one
        </Button>
      }
    >
      <ProblemAlert error={error} />
      {error === null && (
        <DataTable
          label="Card processor"
          minWidth={320}
          rows={data?.items}
          rowKey={({ id }) => id}
          empty={<Empty title="Cards are not taken">Add the processor that takes them.</Empty>}
          columns={[
            {
              title: 'Processor',
              cell: ({ provider, webhook_path }) => (
                <>
                  {NAMES[provider]}
                  <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    Webhook: {webhook_path}
                  </Text>
                </>
              ),
            },
            {
              title: 'State',
              cell: ({ active }) => <StatusBadge status={active ? 'active' : 'inactive'} />,
            },
            {
              title: '',
              right: true,
              cell: (processor) => (
                <Group gap={4} justify="flex-end">
                  {processor.provider !== 'local' && (
                    <Button variant="subtle" size="compact-xs" onClick={() => setAsking(processor)}>
                      New keys…
                    </Button>
                  )}
                  <Button
                    variant="subtle"
                    size="compact-xs"
                    loading={toggling.isPending}
                    onClick={() => toggling.mutate(processor)}
                  >
                    {processor.active ? 'Stop' : 'Use it'}
                  </Button>
                </Group>
              ),
            },
          ]}
        />
      )}
      {asking !== null && (
        <ProcessorKeys
          processor={asking === 'new' ? null : asking}
          onClose={() => setAsking(null)}
          onDone={changed}
        />
      )}
    </Panel>
  );
}

const NAMES: Record<Processor['provider'], string> = {
  stripe: 'Stripe',
  local: 'Local test processor',
};
