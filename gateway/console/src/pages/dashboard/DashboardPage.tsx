import { Alert, Grid, SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { Dashboard } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { useFormat } from '../../ui/format';
import { PageHeader } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { AgeingChart } from './AgeingChart';
import { Figure } from './Figure';
import { HealthPanel } from './HealthPanel';
import { RunningImports } from './RunningImports';
import { StatusChart } from './StatusChart';
import { SuspendedLines } from './SuspendedLines';

/** The organization at a glance, kept current. */
export function DashboardPage() {
  const { data, error, refetch } = useQuery({
    queryKey: ['dashboard'],
    queryFn: () => taken<Dashboard>(api.GET('/api/v1/dashboard')),
    refetchInterval: 5_000,
  });
  return (
    <>
      <PageHeader title="Dashboard" />
      <Stack>
        <ProblemAlert error={error} onRetry={() => void refetch()} />
        {data && data.unavailable.length > 0 && (
          <Alert color="yellow" variant="light" title="Some figures cannot be had now">
            {data.unavailable.map(words).join(', ')}
          </Alert>
        )}
        {data ? <Figures of={data} /> : error === null && <Skeleton height={84} />}
        <Grid>
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <AgeingChart summary={data?.invoices} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <StatusChart summary={data?.invoices} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <SuspendedLines />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <Stack>
              <RunningImports imports={data?.imports_running} />
              <HealthPanel />
            </Stack>
          </Grid.Col>
        </Grid>
      </Stack>
    </>
  );
}

function Figures({ of: data }: { of: Dashboard }) {
  const format = useFormat();
  const { customers, lines, invoices, payments, collections } = data;
  const count = (value: number | undefined) =>
    value === undefined ? undefined : format.number(value);
  // Collections knows those off for non-payment also when the lines cannot be counted.
  const suspended = lines ? (lines.by_status.suspended ?? 0) : collections?.suspended_lines;
  return (
    <SimpleGrid cols={{ base: 2, md: 3, lg: 6 }} spacing="sm">
      <Figure
        label="Customers"
        value={count(customers?.active)}
        note={customers && `${format.number(customers.inactive)} inactive`}
        to="/customers"
      />
      <Figure
        label="Lines"
        value={count(lines?.total)}
        note={lines && `${format.number(lines.by_status.active ?? 0)} active`}
      />
      <Figure
        label="Suspended"
        value={count(suspended)}
        note={collections && `${format.number(collections.suspended_lines)} for non-payment`}
        alarming={(suspended ?? 0) > 0}
        to="/decisions?outcome=suspend"
      />
      <Figure
        label="Open"
        value={invoices && <Amount of={invoices.open} strong />}
        note={invoices && `${format.number(invoices.count)} invoices in all`}
        to="/invoices?status=open"
      />
      <Figure
        label="Overdue"
        value={invoices && <Amount of={invoices.overdue} strong />}
        note={collections && `${format.number(collections.overdue_customers)} customers`}
        alarming={(collections?.overdue_customers ?? 0) > 0}
        to="/invoices?status=overdue"
      />
      <Figure
        label="Received today"
        value={payments && <Amount of={payments.today.amount} strong />}
        note={payments && `${format.money(payments.last_30_days.amount)} in 30 days`}
        to="/payments"
      />
    </SimpleGrid>
  );
}
