import { Grid, List, Table, Text } from '@mantine/core';

import type { PolicyDocument } from '../../api/collections';
import { NOTHING } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { RESTORES, WEEKDAYS } from './words';

/** A policy in words: its terms beside its stages. */
export function Terms({ of: policy }: { of: PolicyDocument }) {
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Panel title="Terms">
          <List fz="sm" spacing={4}>
            {spoken(policy).map((line) => (
              <List.Item key={line}>{line}</List.Item>
            ))}
          </List>
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Panel title="Steps">
          <Table aria-label="Steps">
            <Table.Thead>
              <Table.Tr>
                <Table.Th ta="right">Day</Table.Th>
                <Table.Th>Step</Table.Th>
                <Table.Th>Code</Table.Th>
                <Table.Th>By</Table.Th>
                <Table.Th>Only if</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {policy.stages.map((stage) => (
                <Table.Tr key={stage.code}>
                  <Table.Td ta="right">{stage.day}</Table.Td>
                  <Table.Td>
                    <StatusBadge status={stage.kind} />
                  </Table.Td>
                  <Table.Td>{stage.code}</Table.Td>
                  <Table.Td>{stage.channel ?? stage.rule ?? NOTHING}</Table.Td>
                  <Table.Td>
                    {stage.when ? (
                      <Text fz="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                        {JSON.stringify(stage.when)}
                      </Text>
                    ) : (
                      NOTHING
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      </Grid.Col>
    </Grid>
  );
}

function spoken(policy: PolicyDocument): string[] {
  const { calendar, contact, pauses, promises, reminders, safety, minimum_debt, restore } = policy;
  const days = (list: number[]) => list.map((day) => WEEKDAYS[day - 1]).join(', ');
  const hour = (time: string) => time.slice(0, 5);
  return [
    `Debts count per ${policy.scope}.`,
    `${policy.grace_days} days of grace.`,
    minimum_debt
      ? `From ${[minimum_debt.amount, minimum_debt.currency].filter(Boolean).join(' ')} on.`
      : 'From any debt on.',
    `A line comes back when ${RESTORES[restore.rule]}${
      restore.threshold ? ` (${restore.threshold.amount})` : ''
    }.`,
    calendar
      ? `Lines are cut off ${days(calendar.weekdays)}, from ${hour(calendar.opens)}${
          calendar.closes ? ` to ${hour(calendar.closes)}` : ''
        } by the clock of the ${calendar.zone}${calendar.holidays ? ', not on holidays' : ''}.`
      : 'Lines are cut off on any day at any hour.',
    `Contacts ${days(contact.weekdays)}, ${hour(contact.opens)} to ${hour(contact.closes)}; ${
      contact.calls_per_week
    } calls a week, ${contact.messages_per_day} messages a day.`,
    `${promises.per_year} promises a year, ${promises.most_days_ahead} days ahead at most.`,
    `Paused by hand for ${pauses.most_days} days at most.`,
    `Reminders by ${reminders.channels.map(words).join(', ')}, quiet from ${hour(
      reminders.quiet_from,
    )} to ${hour(reminders.quiet_until)}${
      reminders.overdue_every_days
        ? `, again every ${reminders.overdue_every_days} days up to ${reminders.overdue_until_days}`
        : ''
    }.`,
    safety
      ? `Stops before it suspends more than ${safety.share_percent} % of the lines (${safety.at_least} at least).`
      : 'No safety stop.',
    ...policy.segments.map(({ name, overrides }) => {
      const what = Object.entries(overrides)
        .filter(([, value]) => value != null)
        .map(([key]) => words(key));
      return `Segment ${name} has its own ${what.join(', ')}.`;
    }),
  ];
}
