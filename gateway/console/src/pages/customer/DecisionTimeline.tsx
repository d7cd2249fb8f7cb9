import { Anchor, Group, Text, Timeline } from '@mantine/core';
import { Link } from 'react-router';

import type { Decision } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { WhyCustomer } from './WhyCustomer';

/** What collections decided about the customer and its lines and why, the latest first. */
export function DecisionTimeline({
  customerId,
  decisions,
  more,
}: {
  customerId: string | undefined;
  decisions: Decision[] | null;
  more: boolean;
}) {
  const format = useFormat();
  return (
    <Panel
      title="Decisions"
      aside={
        customerId !== undefined && (
          <Group gap="xs">
            <WhyCustomer customerId={customerId} />
            {more && (
              <Anchor component={Link} to={`/decisions?customer_id=${customerId}`} fz="sm">
                All
              </Anchor>
            )}
          </Group>
        )
      }
    >
      {decisions?.length === 0 && (
        <Empty title="Nothing was decided yet">
          Every evaluation that took a step or could have, of a line or without one, will be listed
          here.
        </Empty>
      )}
      <Timeline bulletSize={12} lineWidth={2} active={decisions?.length}>
        {decisions?.map((decision) => (
          <Timeline.Item key={decision.id} color={lookOf(decision.outcome).color}>
            <Group gap="xs" mt={-4}>
              <StatusBadge status={decision.outcome} />
              <Text fz="xs" c="dimmed">
                {decision.line_id === null ? 'no line' : `line ${decision.line_number ?? ''}`} ·{' '}
                {format.date(decision.today)}
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
