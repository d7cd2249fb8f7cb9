import { SimpleGrid, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import { SERVICES, type Health, type ServiceName } from '../../api/types';
import { useMay } from '../../session/organization';
import { useFormat } from '../../ui/format';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { DeadLetters } from './DeadLetters';
import { useHealth } from './useHealth';

/** How the installation does: processes, what waits to be published, what failed for good. */
export function PlatformPage() {
  const { data, error, refetch } = useHealth();
  const operates = useMay('operate');
  return (
    <>
      <PageHeader title="Platform" />
      <Stack>
        <ProblemAlert error={error} onRetry={() => void refetch()} />
        <SimpleGrid cols={{ base: 1, md: operates ? 2 : 1 }}>
          <Processes health={data} />
          {operates && <Outboxes />}
        </SimpleGrid>
        {operates && <DeadLetters />}
      </Stack>
    </>
  );
}

function Processes({ health }: { health: Health | undefined }) {
  const components = Object.entries(health?.components ?? {});
  return (
    <Panel title="Processes" aside={health && <StatusBadge status={health.status} />}>
      {health === undefined && <Skeleton height={200} />}
      <Table aria-label="Processes">
        <Table.Tbody>
          {components.map(([name, { state, missing }]) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>
                <StatusBadge status={state} />
              </Table.Td>
              <Table.Td>
                {missing.length > 0 && (
                  <Text fz="sm" c="dimmed">
                    misses {missing.join(', ')}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function Outboxes() {
  return (
    <Panel title="Waiting to be published">
      <Table aria-label="Outboxes">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Service</Table.Th>
            <Table.Th ta="right">Events</Table.Th>
            <Table.Th ta="right">Oldest, seconds</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {SERVICES.map((service) => (
            <Outbox key={service} service={service} />
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function Outbox({ service }: { service: ServiceName }) {
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['outbox', service],
    queryFn: () =>
      taken<{ depth: number; oldest_seconds: number }>(
        api.GET('/api/v1/admin/{service}/outbox', { params: { path: { service } } }),
      ),
    refetchInterval: 3_000,
  });
  return (
    <Table.Tr>
      <Table.Td>{service}</Table.Td>
      <Table.Td ta="right">{error ? 'not known' : data && format.number(data.depth)}</Table.Td>
      <Table.Td ta="right">
        {data && data.depth > 0 ? format.number(Math.round(data.oldest_seconds)) : ''}
      </Table.Td>
    </Table.Tr>
  );
}
