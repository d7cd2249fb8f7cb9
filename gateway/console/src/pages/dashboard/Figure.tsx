import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { NOTHING } from '../../ui/format';

interface Props {
  label: string;
  /** Undefined when it could not be had. */
  value: ReactNode;
  note?: string | null;
  alarming?: boolean;
  to?: string;
}

export function Figure({ label, value, note, alarming = false, to }: Props) {
  const content = (
    <>
      <Text fz="xs" c="dimmed" fw={600}>
        {label}
      </Text>
      <Text
        fz="1.1rem"
        fw={600}
        c={alarming ? 'red.8' : undefined}
        style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
      >
        {value ?? NOTHING}
      </Text>
      <Text fz="xs" c="dimmed" mih="1.1em">
        {note}
      </Text>
    </>
  );
  return to === undefined ? (
    <Paper px="sm" py="sm">
      {content}
    </Paper>
  ) : (
    <Paper component={Link} to={to} px="sm" py="sm" c="inherit" td="none">
      {content}
    </Paper>
  );
}
