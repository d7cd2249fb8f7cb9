import { ActionIcon } from '@mantine/core';
import { Link } from 'react-router';

import { Icon } from './icons';

/** The way from a thing back to the list it is of. */
export function BackTo({ to, label }: { to: string; label: string }) {
  return (
    <ActionIcon component={Link} to={to} variant="subtle" color="gray" aria-label={label}>
      <Icon name="back" />
    </ActionIcon>
  );
}
