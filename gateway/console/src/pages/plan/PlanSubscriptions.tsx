import { Group } from '@mantine/core';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Subscription, SubscriptionStatus } from '../../api/money';
import type { Page } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Choice } from '../../ui/Choice';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';

/** Who subscribes to a plan. */
export function PlanSubscriptions({ planId }: { planId: string }) {
  const navigate = useNavigate();
  const format = useFormat();
  const [filters, change] = useFilters('status', 'sort');
  const list = useList<Subscription>(['subscriptions', 'plan', planId, filters], (paging) =>
    taken<Page<Subscription>>(
      api.GET('/api/v1/subscriptions', {
        params: {
          query: {
            ...paging,
            plan_id: planId,
            status: filters.status as SubscriptionStatus | undefined,
            sort: filters.sort,
          },
        },
      }),
    ),
  );
  return (
    <Panel title="Subscriptions">
      <Group mb="sm">
        <Choice
          label="Status"
          value={filters.status}
          of={['active', 'paused', 'cancelled']}
          onChange={(status) => change({ status })}
        />
      </Group>
      <ListView
        label="Subscriptions"
        list={list}
        rowKey={(subscription) => subscription.id}
        onRow={(subscription) => void navigate(`/customers/${subscription.customer_id}`)}
        sort={filters.sort ?? '-created_at'}
        onSort={(sort) => change({ sort })}
        empty={
          <Empty title="No subscription matches">
            Adopt the lines that are sold under this name, or subscribe one on its customer&apos;s
            page.
          </Empty>
        }
        columns={[
          { title: 'Customer', cell: (each) => each.customer_name ?? NOTHING },
          { title: 'Since', sort: 'starts_on', cell: (each) => format.date(each.starts_on) },
          { title: 'Billed next', sort: 'bills_on', cell: (each) => format.date(each.bills_on) },
          { title: 'Status', cell: (each) => <StatusBadge status={each.status} /> },
          { title: 'Quantity', right: true, cell: (each) => each.quantity },
          {
            title: 'Own price',
            right: true,
            cell: (each) => (each.price ? <Amount of={each.price} /> : NOTHING),
          },
        ]}
      />
    </Panel>
  );
}
