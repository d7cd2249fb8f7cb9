import { Button, Group, Paper, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { BillRun, BillRunState } from '../../api/money';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { Choice } from '../../ui/Choice';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { NewBillRun } from './NewBillRun';

/** Runs that billed many subscriptions at once. */
export function BillRunsPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const mayWrite = useMay('write');
  const [asking, { open, close }] = useDisclosure();
  const [filters, change] = useFilters('state', 'sort');
  const list = useList<BillRun>(
    ['bill-runs', filters],
    (paging) =>
      taken<Page<BillRun>>(
        api.GET('/api/v1/bill-runs', {
          params: {
            query: {
              ...paging,
              state: filters.state as BillRunState | undefined,
              sort: filters.sort,
            },
          },
        }),
      ),
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <PageHeader title="Bill runs">
        {mayWrite && <Button onClick={open}>New bill run</Button>}
      </PageHeader>
      <Paper>
        <Group mb="sm">
          <Choice
            label="State"
            value={filters.state}
            of={['queued', 'running', 'finished', 'cancelled']}
            onChange={(state) => change({ state })}
          />
        </Group>
        <ListView
          label="Bill runs"
          list={list}
          rowKey={(run) => run.id}
          onRow={(run) => void navigate(`/bill-runs/${run.id}`)}
          sort={filters.sort ?? '-created_at'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No bill run matches">
              A run bills every subscription whose period is due; what was billed is never billed
              again.
            </Empty>
          }
          columns={[
            {
              title: 'Started',
              sort: 'created_at',
              cell: (run) => (
                <>
                  {format.instant(run.created_at)}
                  <Text fz="xs" c="dimmed">
                    {run.automatic ? 'by the terms' : `by ${run.created_by}`}
                  </Text>
                </>
              ),
            },
            {
              title: 'Days billed',
              cell: (run) => `${format.date(run.period_from)} – ${format.date(run.period_to)}`,
            },
            { title: 'State', cell: (run) => <StatusBadge status={run.state} /> },
            { title: 'Examined', right: true, cell: (run) => format.number(run.examined) },
            { title: 'Failed', right: true, cell: (run) => format.number(run.failed) },
            { title: 'Invoices', right: true, cell: (run) => format.number(run.invoices) },
            { title: 'Total', right: true, cell: (run) => <Amount of={run.total} strong /> },
          ]}
        />
      </Paper>
      {asking && (
        <NewBillRun onClose={close} onStarted={(run) => void navigate(`/bill-runs/${run.id}`)} />
      )}
    </>
  );
}
