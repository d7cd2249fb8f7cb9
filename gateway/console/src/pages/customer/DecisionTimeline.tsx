import { Anchor, Group, Text, Timeline } from '@mantine/core';
import { Link } from 'react-router';

import type { Decision } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';

/** What collections decided about the customer's lines and why, the latest first. */
export function DecisionTimeline({
  decisions,
  more,
}: {
  decisions: Decision[] | null;
  more: boolean;
}) {
  const format = useFormat();
  const customerId = decisions?.[0]?.customer_id;
  return (
    <Panel
      title="Decisions"
      aside={
        more && (
          <Anchor component={Link} to={`/decisions?customer_id=${customerId ?? ''}`} fz="sm">
            All
          </Anchor>
        )
      }
    >
      {decisions?.length === 0 && (
        <Empty title="Nothing was decided yet">
          Every evaluation that could have suspended or restored a line will be listed here.
        </Empty>
      )}
      <Timeline bulletSize={12} lineWidth={2} active={decisions?.length}>
        {decisions?.map((decision) => (
          <Timeline.Item key={decision.id} color={lookOf(decision.outcome).color}>
            <Group gap="xs" mt={-4}>
              <StatusBadge status={decision.outcome} />
              <Text fz="xs" c="dimmed">
                line {decision.line_number} · {format.date(decision.today)}
              </Text>
            </Group>
            <Anchor component={Link} to={`/decisions/${decision.id}`} c="inherit" fz="sm">
              {decision.why}
            </Anchor>
          </Timeline.Item>
        ))}
      </Timeline>
    </Panel>
  );
}
