import { Group, Text } from '@mantine/core';

export function Brand({ large = false }: { large?: boolean }) {
  const size = large ? 30 : 22;
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/favicon.svg" alt="" width={size} height={size} />
      <Text
        fw={700}
        fz={large ? 'xl' : 'lg'}
        c="var(--duesline-brand)"
        visibleFrom={large ? undefined : 'xs'}
      >
        Duesline
      </Text>
    </Group>
  );
}
