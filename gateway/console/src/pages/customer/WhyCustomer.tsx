import { Alert, Anchor, Button, Group, List, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { CustomerWhy } from '../../api/collections';
import { useFormat } from '../../ui/format';
import { ProblemAlert } from '../../ui/ProblemAlert';

/** A button that asks how far up the policy's ladder a customer is, and what comes next. */
export function WhyCustomer({ customerId }: { customerId: string }) {
  const [asking, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        aria-label="Where does this customer stand?"
        onClick={open}
      >
        Why?
      </Button>
      {asking && (
        <Modal opened onClose={close} title="Where the customer stands">
          <Answer customerId={customerId} />
        </Modal>
      )}
    </>
  );
}

function Answer({ customerId }: { customerId: string }) {
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['why', customerId],
    queryFn: () =>
      taken<CustomerWhy>(
        api.GET('/api/v1/customers/{customer_id}/why', {
          params: { path: { customer_id: customerId } },
        }),
      ),
    staleTime: 0,
  });
  if (error !== null) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={140} />;
  const { payment } = data;
  return (
    <Stack gap="sm">
      <Text fw={600}>{data.summary}</Text>
      {data.reasons.length > 0 && (
        <List fz="sm" spacing={2}>
          {data.reasons.map(({ code, text }) => (
            <List.Item key={code}>{text}</List.Item>
          ))}
        </List>
      )}
      <Alert variant="light" color="harbour" title="What would change it">
        <Text fz="sm">{data.what_would_change_it}</Text>
        {payment !== null && (
          <Text fz="sm" fw={600} mt={4}>
            {payment.amounts.map((amount) => format.money(amount)).join(', ')}
            {payment.by !== null && `, by ${format.date(payment.by)}`}
          </Text>
        )}
      </Alert>
      <Group gap="xs">
        {data.without_line && (
          <Text fz="xs" c="dimmed">
            Of what is owed for no line.
          </Text>
        )}
        {data.segment !== null && (
          <Text fz="xs" c="dimmed">
            Segment {data.segment}.
          </Text>
        )}
        {data.case_id !== null && (
          <Anchor component={Link} to={`/desk/${data.case_id}`} fz="xs">
            The case
          </Anchor>
        )}
        {data.decision_id !== null && (
          <Anchor component={Link} to={`/decisions/${data.decision_id}`} fz="xs">
            The last decision
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}
