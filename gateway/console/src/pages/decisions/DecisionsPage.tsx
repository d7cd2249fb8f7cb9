import { Drawer, Group, Paper, Select, Text, TextInput } from '@mantine/core';
import { useNavigate, useParams, useSearchParams } from 'react-router';

import { api, taken } from '../../api/client';
import type { Decision, Outcome, Page } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { dayStarts, NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { OneCustomer } from '../../ui/OneCustomer';
import { PageHeader } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { DecisionDetailView } from './DecisionDetailView';
import { causeOf } from './causes';

const OUTCOMES: Outcome[] = ['suspend', 'reactivate', 'keep_suspended', 'keep_active', 'none'];

export function DecisionsPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const { decisionId } = useParams();
  const [params] = useSearchParams();
  const [filters, change] = useFilters('outcome', 'from', 'to', 'customer_id', 'sort');
  const list = useList<Decision>(
    ['decisions', filters],
    (paging) =>
      taken<Page<Decision>>(
        api.GET('/api/v1/collections/decisions', {
          params: {
            query: {
              ...paging,
              outcome: filters.outcome as Outcome | undefined,
              customer_id: filters.customer_id,
              decided_from: dayStarts(filters.from),
              decided_to: dayStarts(filters.to, 1),
              sort: filters.sort,
            },
          },
        }),
      ),
    { refetchInterval: 10_000 },
  );
  const go = (id: string) => {
    void navigate({ pathname: id ? `/decisions/${id}` : '/decisions', search: params.toString() });
  };
  return (
    <>
      <PageHeader title="Decisions" />
      <Paper>
        <Group mb="sm" align="end">
          <Select
            label="Outcome"
            placeholder="Any"
            clearable
            w={160}
            value={filters.outcome ?? null}
            onChange={(outcome) => change({ outcome })}
            data={OUTCOMES.map((value) => ({ value, label: lookOf(value).label }))}
          />
          <TextInput
            label="Decided from"
            type="date"
            value={filters.from ?? ''}
            onChange={(event) => change({ from: event.currentTarget.value })}
          />
          <TextInput
            label="Decided to"
            type="date"
            value={filters.to ?? ''}
            onChange={(event) => change({ to: event.currentTarget.value })}
          />
          <OneCustomer id={filters.customer_id} onClear={() => change({ customer_id: null })} />
        </Group>
        <ListView
          label="Decisions"
          list={list}
          rowKey={(decision) => decision.id}
          onRow={(decision) => go(decision.id)}
          sort={filters.sort ?? '-decided_at'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No decision matches">
              Whenever a due date passes or money arrives, the lines concerned are evaluated, and
              each evaluation that could have changed something is kept here.
            </Empty>
          }
          columns={[
            {
              title: 'Decided',
              sort: 'decided_at',
              cell: (decision) => format.instant(decision.decided_at),
            },
            { title: 'Outcome', cell: (decision) => <StatusBadge status={decision.outcome} /> },
            {
              title: 'Customer',
              cell: (decision) => (
                <Text fz="inherit" truncate maw={200}>
                  {decision.customer_name ?? NOTHING}
                </Text>
              ),
            },
            { title: 'Line', right: true, cell: (decision) => decision.line_number ?? NOTHING },
            { title: 'Why', cell: (decision) => decision.why },
            { title: 'Caused by', cell: (decision) => causeOf(decision) },
          ]}
        />
      </Paper>
      <Drawer
        opened={decisionId !== undefined}
        onClose={() => go('')}
        position="right"
        size="lg"
        title="Decision"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {decisionId !== undefined && <DecisionDetailView id={decisionId} />}
      </Drawer>
    </>
  );
}
