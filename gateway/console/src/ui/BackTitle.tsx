import { ActionIcon, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { Icon } from './icons';

interface Props {
  to: string;
  /** Where that is, for those who do not see the arrow. */
  label: string;
  children: ReactNode;
}

/** The title of one thing's page, with the way back to all of them. */
export function BackTitle({ to, label, children }: Props) {
  return (
    <Group gap="xs">
      <ActionIcon component={Link} to={to} variant="subtle" color="gray" aria-label={label}>
        <Icon name="back" />
      </ActionIcon>
      {children}
    </Group>
  );
}
