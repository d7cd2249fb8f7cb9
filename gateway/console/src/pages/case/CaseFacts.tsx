import {
  ActionIcon,
  Group,
  NumberInput,
  SimpleGrid,
  Text,
  TextInput,
  Timeline,
} from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, asSeen, taken } from '../../api/client';
import type { CaseDetail } from '../../api/collections';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { NOTHING, useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { Icon } from '../../ui/icons';
import { Panel } from '../../ui/Panel';
import { lookOf, words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useDoing } from '../../ui/useDoing';
import { useQueryClient } from '@tanstack/react-query';

/** How a case stands: whose it is, how much, since when, and which stages it has come to. */
export function CaseFacts({ of: shown }: { of: CaseDetail }) {
  const format = useFormat();
  const mayCollect = useMay('collect');
  const [changing, setChanging] = useState(false);
  return (
    <Panel
      title="The case"
      aside={
        mayCollect && shown.status !== 'closed' ? (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Change priority and next action"
            onClick={() => setChanging(true)}
          >
            <Icon name="more" />
          </ActionIcon>
        ) : null
      }
    >
      <SimpleGrid cols={3} spacing="xs" verticalSpacing="xs">
        <Fact label={shown.covers_until === null ? 'Overdue' : 'Owed'}>
          <Amount of={shown.debt} strong />
        </Fact>
        <Fact label="Oldest due">{format.date(shown.oldest_due_on)}</Fact>
        <Fact label="Collector">{shown.collector_name ?? 'nobody yet'}</Fact>
        <Fact label="Opened">
          {format.date(shown.opened_on)}
          {shown.opened_by !== 'policy' && `, by ${words(shown.opened_by)}`}
        </Fact>
        <Fact label="Last contact">{format.day(shown.last_contact_at)}</Fact>
        <Fact label="Next action">{format.date(shown.next_action_on)}</Fact>
        <Fact label="Priority">{shown.priority}</Fact>
        <Fact label="Segment">{shown.segment ?? NOTHING}</Fact>
        <Fact label="Promises broken">{shown.broken_promises}</Fact>
        {shown.closed_reason !== null && (
          <Fact label="Closed">
            {words(shown.closed_reason)}, {format.day(shown.closed_at)}
          </Fact>
        )}
      </SimpleGrid>
      {shown.stages.length > 0 && (
        <Timeline bulletSize={12} lineWidth={2} active={shown.stages.length} mt="md">
          {shown.stages.map((stage) => (
            <Timeline.Item key={stage.stage} color={lookOf(stage.kind).color}>
              <Group gap="xs" mt={-4}>
                <StatusBadge status={stage.kind} />
                <Text fz="xs">
                  {stage.stage}, {format.date(stage.reached_on)}
                </Text>
                {stage.decision_id !== null && (
                  <Text
                    component={Link}
                    to={`/decisions/${stage.decision_id}`}
                    fz="xs"
                    c="var(--mantine-color-anchor)"
                  >
                    why
                  </Text>
                )}
              </Group>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
      {changing && <ChangeCase of={shown} onClose={() => setChanging(false)} />}
    </Panel>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text fz="xs" c="dimmed">
        {label}
      </Text>
      <Text fz="sm" component="div">
        {children}
      </Text>
    </div>
  );
}

function ChangeCase({ of: shown, onClose }: { of: CaseDetail; onClose: () => void }) {
  const client = useQueryClient();
  const [priority, setPriority] = useState(shown.priority);
  const [day, setDay] = useState(shown.next_action_on ?? '');
  const doing = useDoing({
    said: 'The case is changed.',
    onClose,
    onDone: () => void client.invalidateQueries({ queryKey: ['case', shown.id] }),
    send: (body: { priority: number; next_action_on: string | null }) =>
      taken(
        api.PATCH('/api/v1/collections/cases/{case_id}', {
          params: { path: { case_id: shown.id }, header: asSeen(shown) },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="Priority and next action"
      submit="Save"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ priority, next_action_on: day || null })}
    >
      <NumberInput
        label="Priority"
        value={priority}
        onChange={(value) => setPriority(Number(value))}
      />
      <TextInput
        label="Next action on"
        type="date"
        min={shown.today}
        value={day}
        onChange={(event) => setDay(event.currentTarget.value)}
      />
    </FormModal>
  );
}
