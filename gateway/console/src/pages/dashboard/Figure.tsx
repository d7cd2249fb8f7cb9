import { Paper, Text } from '@mantine/core';
import { Link } from 'react-router';

import { NOTHING } from '../../ui/format';

interface Props {
  label: string;
  /** Undefined when it could not be had. */
  value: string | undefined;
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
        fz="1.15rem"
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
    <Paper px="md" py="sm">
      {content}
    </Paper>
  ) : (
    <Paper component={Link} to={to} px="md" py="sm" c="inherit" td="none">
      {content}
    </Paper>
  );
}
