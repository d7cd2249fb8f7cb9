import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import type { CaseDetail } from '../../api/collections';
import { useMay } from '../../session/organization';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { ExemptLine } from '../customer/ExemptLine';
import { WhyLine } from '../customer/WhyLine';

interface Props {
  lines: CaseDetail['lines'];
  onDone: () => void;
}

/** The lines a case is about, and why each stands as it does. */
export function CaseLines({ lines, onDone }: Props) {
  const mayCollect = useMay('collect');
  const [exempting, setExempting] = useState<{ id: string; number: number } | null>(null);
  return (
    <Panel title="Lines">
      {lines.length === 0 && (
        <Text fz="sm" c="dimmed">
          The debt is of no line.
        </Text>
      )}
      <Stack gap={6}>
        {lines.map((line) => (
          <Group key={line.line_id} gap="xs">
            <Text fz="sm" fw={600}>
              Line {line.number}
            </Text>
            <StatusBadge status={line.status} />
            {line.suspended_for_non_payment && <StatusBadge status="non_payment" />}
            <WhyLine lineId={line.line_id} number={line.number} />
            {mayCollect && line.status !== 'cancelled' && (
              <Button
                size="compact-xs"
                variant="subtle"
                aria-label={`Exempt line ${line.number}`}
                onClick={() => setExempting({ id: line.line_id, number: line.number })}
              >
                Exempt…
              </Button>
            )}
          </Group>
        ))}
      </Stack>
      {exempting !== null && (
        <ExemptLine line={exempting} onClose={() => setExempting(null)} onChange={onDone} />
      )}
    </Panel>
  );
}
