import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  children?: ReactNode;
}

/** What stands where there is nothing to show: what would, and how it gets there. */
export function Empty({ title, children }: Props) {
  return (
    <Stack align="center" gap={4} py="xl">
      <Text fw={600} c="dimmed">
        {title}
      </Text>
      {children && (
        <Text component="div" fz="sm" c="dimmed" ta="center" maw={420}>
          {children}
        </Text>
      )}
    </Stack>
  );
}
