import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode, SubmitEvent } from 'react';

import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';

interface Props {
  title: string;
  busy: boolean;
  error: unknown;
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
  children: ReactNode;
}

/** Settings that are kept together by one button. */
export function SettingsForm({ title, busy, error, onSubmit, children }: Props) {
  return (
    <Panel title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(event);
        }}
        noValidate
      >
        <Stack gap="sm">
          {children}
          <ProblemAlert error={error} />
          <Group justify="flex-end">
            <Button type="submit" loading={busy}>
              Keep {title.toLowerCase()}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
