import { Badge, Box, Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';

import { useClock, useMay, useOrganization } from '../session/organization';
import { useFormat } from '../ui/format';
import { Icon } from '../ui/icons';
import { SandboxClock } from './SandboxClock';

/** Whose data this is, and what day and time it is there. */
export function OrganizationHead() {
  const organization = useOrganization();
  const clock = useClock();
  const format = useFormat();
  const mayMove = useMay('administer');
  if (organization === undefined) return null;
  return (
    <Group gap="sm" wrap="nowrap">
      <Text fw={600} fz="sm" truncate maw={240}>
        {organization.name}
      </Text>
      {organization.sandbox && (
        <Badge color="grape" variant="light" size="sm" radius="sm" tt="none" visibleFrom="sm">
          sandbox
        </Badge>
      )}
      {clock && (
        <Group gap={5} wrap="nowrap" c="dimmed" visibleFrom="md">
          <Icon name="clock" size={15} />
          <Text fz="sm" style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>
            {format.date(clock.today)},{' '}
            <WallClock
              offsetSeconds={clock.clock_offset_seconds}
              timeZone={organization.time_zone}
            />
          </Text>
        </Group>
      )}
      {organization.sandbox && mayMove && (
        <Box visibleFrom="sm">
          <SandboxClock organizationId={organization.id} />
        </Box>
      )}
    </Group>
  );
}

function WallClock({ offsetSeconds, timeZone }: { offsetSeconds: number; timeZone: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(ticking);
  }, []);
  return (
    <>
      {new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(
        now + offsetSeconds * 1000,
      )}
    </>
  );
}
