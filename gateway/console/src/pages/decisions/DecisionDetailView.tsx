import { Anchor, Badge, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { DecisionDetail } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { useFormat } from '../../ui/format';
import { Icon } from '../../ui/icons';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { causeOf } from './causes';

/** One decision with all it rested on. */
export function DecisionDetailView({ id }: { id: string }) {
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['decision', id],
    queryFn: () =>
      taken<DecisionDetail>(
        api.GET('/api/v1/collections/decisions/{decision_id}', {
          params: { path: { decision_id: id } },
        }),
      ),
    staleTime: Infinity, // what was decided does not change
  });
  if (error !== null) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={300} />;
  const { policy } = data;
  return (
    <Stack>
      <Stack gap={4}>
        <Group gap="xs">
          <StatusBadge status={data.outcome} />
          <Anchor component={Link} to={`/customers/${data.customer_id}`} fw={600}>
            {data.customer_name ?? 'The customer'}
          </Anchor>
          <Text c="dimmed">
            {data.line_id === null ? 'without a line' : `line ${data.line_number ?? ''}`}
          </Text>
        </Group>
        <Text>{data.why}</Text>
        <Text fz="sm" c="dimmed">
          Decided {format.instant(data.decided_at)}, for {format.date(data.today)} on the
          organization&apos;s calendar; caused by {causeOf(data)}.
          {data.line_status !== null && ` The line was ${words(data.line_status)}`}
          {data.line_status !== null && (data.was_suspended ? ', off for non-payment.' : '.')}
        </Text>
      </Stack>
      <section>
        <Title order={3}>Conditions</Title>
        <Table aria-label="Conditions">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Condition</Table.Th>
              <Table.Th ta="right">Found</Table.Th>
              <Table.Th>Required to suspend</Table.Th>
              <Table.Th>Holds</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.conditions.map((condition) => (
              <Table.Tr key={condition.name}>
                <Table.Td>{words(condition.name)}</Table.Td>
                <Table.Td ta="right">{condition.found}</Table.Td>
                <Table.Td>{condition.required}</Table.Td>
                <Table.Td>
                  <Verdict holds={condition.holds} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <section>
        <Title order={3}>Debts that counted</Title>
        {data.debts.length === 0 ? (
          <Text fz="sm" c="dimmed">
            Nothing was overdue.
          </Text>
        ) : (
          <Table aria-label="Debts">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Invoice</Table.Th>
                <Table.Th>Due</Table.Th>
                <Table.Th ta="right">Days overdue</Table.Th>
                <Table.Th ta="right">Open</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.debts.map((debt) => (
                <Table.Tr key={debt.invoice_id}>
                  <Table.Td>{debt.number}</Table.Td>
                  <Table.Td>{format.date(debt.due_on)}</Table.Td>
                  <Table.Td ta="right">{debt.days_overdue}</Table.Td>
                  <Table.Td ta="right">
                    <Amount of={debt.open} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </section>
      <Group gap="xs">
        <Title order={3}>Policy</Title>
        <Badge variant="default" tt="none" radius="sm">
          version {policy.version}
        </Badge>
        <Text fz="sm">
          {policy.active ? '' : 'Not active. '}
          {policy.grace_days} days of grace, from {format.money(policy.minimum_debt)}, counted per{' '}
          {policy.suspend_scope}
        </Text>
      </Group>
    </Stack>
  );
}

function Verdict({ holds }: { holds: boolean }) {
  return (
    <Group gap={4} c={holds ? 'red.8' : 'teal.8'} wrap="nowrap">
      <Icon name={holds ? 'check' : 'cross'} size={14} />
      <Text span fz="sm">
        {holds ? 'yes' : 'no'}
      </Text>
    </Group>
  );
}
