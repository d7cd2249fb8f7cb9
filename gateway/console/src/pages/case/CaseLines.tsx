import { Group, Stack, Text } from '@mantine/core';

import type { CaseDetail } from '../../api/collections';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { WhyLine } from '../customer/WhyLine';

/** The lines a case is about, and why each stands as it does. */
export function CaseLines({ lines }: { lines: CaseDetail['lines'] }) {
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
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
