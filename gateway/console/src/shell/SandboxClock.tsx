import { Button, Group, NumberInput, Popover, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../api/client';
import type { Clock } from '../api/types';
import { useFormat } from '../ui/format';
import { told } from '../ui/notify';
import { ProblemAlert } from '../ui/ProblemAlert';

/** Let days pass in a sandbox: what falls due does so as if they had. */
export function SandboxClock({ organizationId }: { organizationId: string }) {
  const [opened, setOpened] = useState(false);
  const [days, setDays] = useState(1);
  const queryClient = useQueryClient();
  const format = useFormat();
  const advance = useMutation({
    mutationFn: () =>
      taken<Clock>(
        api.POST('/api/v1/organizations/{organization_id}/clock', {
          params: {
            path: { organization_id: organizationId },
            header: { 'Idempotency-Key': newKey() },
          },
          body: { advance_days: days },
        }),
      ),
    onSuccess: (clock) => {
      setOpened(false);
      told(`It is ${format.date(clock.today)} now.`);
      void queryClient.invalidateQueries();
    },
  });
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" onClick={() => setOpened(!opened)}>
          Advance clock
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            advance.mutate();
          }}
        >
          <Stack gap="xs" w={230}>
            <Text fz="xs" c="dimmed">
              Sandbox only. The clock never goes back.
            </Text>
            <Group align="end" gap="xs" wrap="nowrap">
              <NumberInput
                label="Days"
                min={1}
                max={366}
                value={days}
                onChange={(value) => setDays(Number(value) || 1)}
                data-autofocus
              />
              <Button type="submit" loading={advance.isPending}>
                Advance
              </Button>
            </Group>
            <ProblemAlert error={advance.error} />
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
