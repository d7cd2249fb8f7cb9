import { Badge } from '@mantine/core';

import { lookOf } from './status';

export function StatusBadge({ status }: { status: string }) {
  const { color, label } = lookOf(status);
  return (
    <Badge color={color} variant="light" size="sm" radius="sm" tt="none" fw={600} miw="max-content">
      {label}
    </Badge>
  );
}
