import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { CustomerWhy } from '../../api/collections';
import { WhyAnswer } from './WhyAnswer';

/** A button that asks how far up the policy's ladder a customer is, and what comes next. */
export function WhyCustomer({ customerId }: { customerId: string }) {
  const path = { customer_id: customerId };
  return (
    <WhyAnswer<CustomerWhy>
      label="Where does this customer stand?"
      title="Where the customer stands"
      about={customerId}
      ask={() => taken(api.GET('/api/v1/customers/{customer_id}/why', { params: { path } }))}
    >
      {(told) => <Below told={told} />}
    </WhyAnswer>
  );
}

function Below({ told }: { told: CustomerWhy }) {
  return (
    <Group gap="xs">
      {told.without_line && (
        <Text fz="xs" c="dimmed">
          Of what is owed for no line.
        </Text>
      )}
      {told.segment !== null && (
        <Text fz="xs" c="dimmed">
          Segment {told.segment}.
        </Text>
      )}
      {told.case_id !== null && (
        <Anchor component={Link} to={`/desk/${told.case_id}`} fz="xs">
          The case
        </Anchor>
      )}
      {told.decision_id !== null && (
        <Anchor component={Link} to={`/decisions/${told.decision_id}`} fz="xs">
          The last decision
        </Anchor>
      )}
    </Group>
  );
}
