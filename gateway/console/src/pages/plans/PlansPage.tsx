import { Button, Group, Paper, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Interval, Plan, Timing } from '../../api/money';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { Choice } from '../../ui/Choice';
import { Empty } from '../../ui/Empty';
import { NOTHING } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { SearchField } from '../../ui/SearchField';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { NewPlan } from './NewPlan';

/** What is sold again every month, quarter or year. */
export function PlansPage() {
  const navigate = useNavigate();
  const mayWrite = useMay('write');
  const [adding, { open, close }] = useDisclosure();
  const [filters, change] = useFilters('q', 'active', 'interval', 'timing', 'sort');
  const list = useList<Plan>(['plans', filters], (paging) =>
    taken<Page<Plan>>(
      api.GET('/api/v1/plans', {
        params: {
          query: {
            ...paging,
            q: filters.q,
            active: filters.active ? filters.active === 'active' : undefined,
            interval: filters.interval as Interval | undefined,
            timing: filters.timing as Timing | undefined,
            sort: filters.sort,
          },
        },
      }),
    ),
  );
  return (
    <>
      <PageHeader title="Plans">{mayWrite && <Button onClick={open}>New plan</Button>}</PageHeader>
      <Paper>
        <Group mb="sm" align="end">
          <SearchField label="Search" value={filters.q} onChange={(q) => change({ q })} />
          <Choice
            label="State"
            value={filters.active}
            of={['active', 'inactive']}
            onChange={(active) => change({ active })}
          />
          <Choice
            label="Billed"
            value={filters.interval}
            of={['monthly', 'quarterly', 'yearly']}
            onChange={(interval) => change({ interval })}
          />
          <Choice
            label="When"
            value={filters.timing}
            of={['prepaid', 'arrears']}
            onChange={(timing) => change({ timing })}
          />
        </Group>
        <ListView
          label="Plans"
          list={list}
          rowKey={(plan) => plan.id}
          onRow={(plan) => void navigate(`/plans/${plan.id}`)}
          sort={filters.sort ?? 'code'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No plan matches">
              A plan has a price and an interval; lines that subscribe to it are billed by bill
              runs.
            </Empty>
          }
          columns={[
            { title: 'Code', sort: 'code', cell: (plan) => plan.code },
            {
              title: 'Name',
              sort: 'name',
              cell: (plan) => (
                <Text fz="inherit" fw={600}>
                  {plan.name}
                </Text>
              ),
            },
            { title: 'Billed', cell: (plan) => `${plan.interval}, ${plan.timing}` },
            { title: 'While suspended', cell: (plan) => words(plan.suspended_rule) },
            {
              title: 'State',
              cell: (plan) => <StatusBadge status={plan.active ? 'active' : 'inactive'} />,
            },
            { title: 'Tax', right: true, cell: (plan) => `${plan.tax_rate} %` },
            {
              title: 'Price',
              right: true,
              cell: (plan) => (plan.price ? <Amount of={plan.price} strong /> : NOTHING),
            },
          ]}
        />
      </Paper>
      {adding && (
        <NewPlan onClose={close} onCreated={(plan) => void navigate(`/plans/${plan.id}`)} />
      )}
    </>
  );
}
