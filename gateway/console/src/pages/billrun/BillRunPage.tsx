import { Button, Progress, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from 'react-router';

import { api, newKey, taken } from '../../api/client';
import type { BillRun } from '../../api/money';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { BackTitle } from '../../ui/BackTitle';
import { NOTHING, useFormat } from '../../ui/format';
import { refused, told } from '../../ui/notify';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { Figure } from '../dashboard/Figure';
import { Failures } from './Failures';

const CLOSELY_MS = 1_000;

function isOver(run: BillRun): boolean {
  return run.state === 'finished' || run.state === 'cancelled';
}

/** One bill run: how far it is, how fast it goes, what it made and what it could not. */
export function BillRunPage() {
  const { billRunId = '' } = useParams();
  const client = useQueryClient();
  const format = useFormat();
  const mayWrite = useMay('write');
  const path = { bill_run_id: billRunId };
  const { data: run, error } = useQuery({
    queryKey: ['bill-run', billRunId],
    queryFn: () => taken<BillRun>(api.GET('/api/v1/bill-runs/{bill_run_id}', { params: { path } })),
    refetchInterval: ({ state }) =>
      state.data === undefined || isOver(state.data) ? false : CLOSELY_MS,
  });
  const cancelling = useMutation({
    mutationFn: () =>
      taken<BillRun>(
        api.POST('/api/v1/bill-runs/{bill_run_id}/cancel', {
          params: { path, header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onError: refused,
    onSuccess: (after) => {
      client.setQueryData(['bill-run', billRunId], after);
      told('The bill run is cancelled; what it made stays.');
    },
  });
  if (run === undefined) {
    return error === null ? <Skeleton height={240} /> : <ProblemAlert error={error} />;
  }
  const over = isOver(run);
  const share = run.expected === 0 ? 0 : Math.min(100, (100 * run.examined) / run.expected);
  return (
    <>
      <PageHeader
        title={
          <BackTitle to="/bill-runs" label="All bill runs">
            {format.date(run.period_from)} – {format.date(run.period_to)}
            <StatusBadge status={run.state} />
          </BackTitle>
        }
      >
        {mayWrite && !over && (
          <Button
            variant="default"
            loading={cancelling.isPending}
            onClick={() => cancelling.mutate()}
          >
            Cancel the run
          </Button>
        )}
      </PageHeader>
      <Stack>
        <Panel title="Progress" aside={<Text fz="sm">{pace(run, format.number)}</Text>}>
          <Progress
            value={run.state === 'finished' ? 100 : share}
            animated={!over}
            color={run.state === 'cancelled' ? 'gray' : over ? 'teal' : 'harbour.5'}
            size="lg"
            aria-label="Progress"
          />
          <Text fz="xs" c="dimmed" mt={6}>
            {run.automatic ? 'Started by the terms' : `Started by ${run.created_by}`},{' '}
            {format.instant(run.created_at)}
            {run.finished_at !== null && `; over ${format.instant(run.finished_at)}`}
          </Text>
        </Panel>
        <SimpleGrid cols={{ base: 2, md: 5 }} spacing="sm">
          <Figure
            label="Examined"
            value={format.number(run.examined)}
            note={`of ${format.number(run.expected)} subscriptions`}
          />
          <Figure label="Invoices" value={format.number(run.invoices)} to="/invoices" />
          <Figure label="Total" value={<Amount of={run.total} strong />} />
          <Figure
            label="Without an invoice"
            value={format.number(run.skipped)}
            note="nothing served, or covered"
          />
          <Figure label="Failed" value={format.number(run.failed)} alarming={run.failed > 0} />
        </SimpleGrid>
        {run.failed > 0 && <Failures billRunId={run.id} failed={run.failed} />}
      </Stack>
    </>
  );
}

function pace(run: BillRun, number: (value: number) => string): string {
  if (run.per_second === null) return NOTHING;
  const rate = `${number(Math.round(run.per_second))} a second`;
  return run.seconds_left === null ? rate : `${rate}, ${number(run.seconds_left)} s left`;
}
