import { Anchor, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { Subscription } from '../../api/money';
import type { LineOverview, Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useList } from '../../ui/useList';
import { SubscribeLine } from './SubscribeLine';
import { SubscriptionActions } from './SubscriptionActions';

interface Props {
  customerId: string;
  lines: LineOverview[] | null;
}

/** What is billed to a customer again and again. */
export function SubscriptionsPanel({ customerId, lines }: Props) {
  const client = useQueryClient();
  const format = useFormat();
  const mayWrite = useMay('write');
  const [adding, { open, close }] = useDisclosure();
  const list = useList<Subscription>(['subscriptions', 'customer', customerId], (paging) =>
    taken<Page<Subscription>>(
      api.GET('/api/v1/subscriptions', {
        params: { query: { ...paging, customer_id: customerId } },
      }),
    ),
  );
  const changed = () => void client.invalidateQueries({ queryKey: ['subscriptions'] });
  const number = (id: string | null) =>
    lines?.find(({ line }) => line.id === id)?.line.number ?? NOTHING;
  return (
    <Panel
      title="Subscriptions"
      aside={
        mayWrite && (
          <Button variant="default" size="compact-xs" onClick={open}>
            Subscribe
          </Button>
        )
      }
    >
      <ListView
        label="Subscriptions"
        list={list}
        rowKey={(each) => each.id}
        empty={
          <Empty title="No subscriptions">A subscription has a line billed by its plan.</Empty>
        }
        columns={[
          {
            title: 'Plan',
            cell: (each) => (
              <Anchor component={Link} to={`/plans/${each.plan_id}`} fz="inherit">
                {each.plan_name ?? 'The plan'}
              </Anchor>
            ),
          },
          { title: 'Line', cell: (each) => number(each.line_id) },
          { title: 'Status', cell: (each) => <StatusBadge status={each.status} /> },
          { title: 'Since', cell: (each) => format.date(each.starts_on) },
          { title: 'Billed next', cell: (each) => format.date(each.bills_on) },
          { title: 'Quantity', right: true, cell: (each) => each.quantity },
          {
            title: 'Own price',
            right: true,
            cell: (each) => (each.price ? <Amount of={each.price} /> : NOTHING),
          },
          {
            title: '',
            right: true,
            width: 44,
            cell: (each) =>
              mayWrite && <SubscriptionActions subscription={each} onChange={changed} />,
          },
        ]}
      />
      {adding && (
        <SubscribeLine
          customerId={customerId}
          lines={(lines ?? []).map(({ line }) => line)}
          onClose={close}
          onDone={changed}
        />
      )}
    </Panel>
  );
}
