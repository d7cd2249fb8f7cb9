import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'react-router';

import { useHealth } from '../platform/useHealth';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';

/** Whether every process works, and which does not. */
export function HealthPanel() {
  const { data } = useHealth();
  const down = Object.entries(data?.components ?? {}).filter(([, { state }]) => state !== 'up');
  return (
    <Panel
      title="System"
      aside={
        <Anchor component={Link} to="/platform" fz="sm">
          Details
        </Anchor>
      }
    >
      <Group gap="xs">
        {data && <StatusBadge status={down.length === 0 ? 'ready' : 'down'} />}
        <Text fz="sm" c="dimmed">
          {data === undefined
            ? 'Asking…'
            : down.length === 0
              ? `${Object.keys(data.components).length} processes answer`
              : down.map(([name]) => name).join(', ')}
        </Text>
      </Group>
    </Panel>
  );
}
