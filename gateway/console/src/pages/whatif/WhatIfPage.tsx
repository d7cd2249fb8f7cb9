import { BarChart } from '@mantine/charts';
import { Button, Group, Progress, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';

import { api, download, newKey, taken } from '../../api/client';
import type { WhatIf } from '../../api/collections';
import { useMay } from '../../session/organization';
import { BackTo } from '../../ui/BackTo';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { refused, told } from '../../ui/notify';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { StepsThatDiffer } from './StepsThatDiffer';
import { progressOf } from './WhatIfs';

/** What a policy would have done in the past, beside what was done. */
export function WhatIfPage() {
  const { whatIfId = '' } = useParams();
  const client = useQueryClient();
  const format = useFormat();
  const mayCollect = useMay('collect');
  const path = { what_if_id: whatIfId };
  const { data, error } = useQuery({
    queryKey: ['what-if', whatIfId],
    queryFn: () =>
      taken<WhatIf>(api.GET('/api/v1/collections/what-ifs/{what_if_id}', { params: { path } })),
    refetchInterval: ({ state }) => (state.data?.finished_at == null ? 1_000 : false),
  });
  const cancelling = useMutation({
    mutationFn: () =>
      taken(
        api.POST('/api/v1/collections/what-ifs/{what_if_id}/cancel', {
          params: { path, header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onSuccess: () => {
      told('It stops after the page in hand.');
      void client.invalidateQueries({ queryKey: ['what-if', whatIfId] });
    },
    onError: refused,
  });
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={320} />;
  const under = data.finished_at === null;
  return (
    <>
      <PageHeader
        title={
          <Group gap="xs">
            <BackTo to="/policy?tab=what-ifs" label="All what-ifs" />
            What if
            <StatusBadge status={data.status} />
          </Group>
        }
      >
        {data.policy_id !== null && (
          <Button component={Link} to={`/policy/${data.policy_id}`} variant="default">
            The policy
          </Button>
        )}
        {under && mayCollect && (
          <Button
            variant="default"
            loading={cancelling.isPending}
            onClick={() => cancelling.mutate()}
          >
            Cancel
          </Button>
        )}
        <Button
          variant="default"
          disabled={under}
          onClick={() => {
            download(
              `/api/v1/collections/what-ifs/${whatIfId}/differences.csv`,
              `what-if-${data.from_on}-${data.to_on}.csv`,
            ).catch(refused);
          }}
        >
          CSV
        </Button>
      </PageHeader>
      <Stack>
        <Text fz="sm" c="dimmed">
          From {format.date(data.from_on)} to {format.date(data.to_on)}:{' '}
          {format.number(data.customers_done)} of {format.number(data.customers)} customers.
          {data.error !== null && ` ${data.error}`}
        </Text>
        {under && <Progress value={progressOf(data)} animated aria-label="Done" />}
        {data.summary !== null && <Summary of={data.summary} />}
        {!under && <StepsThatDiffer whatIfId={whatIfId} />}
      </Stack>
    </>
  );
}

function Summary({ of: summary }: { of: NonNullable<WhatIf['summary']> }) {
  const format = useFormat();
  if (summary.length === 0) {
    return (
      <Panel title="Tried and done">
        <Empty title="Nothing would have happened, and nothing did" />
      </Panel>
    );
  }
  return (
    <Panel title="Tried and done">
      <BarChart
        h={180}
        data={summary.map(({ kind, would, did }) => ({ kind: lookOf(kind).label, would, did }))}
        dataKey="kind"
        series={[
          { name: 'would', label: 'Would have been', color: 'harbour.7' },
          { name: 'did', label: 'Was', color: 'gray.5' },
        ]}
        withLegend
        barProps={{ isAnimationActive: false, maxBarSize: 40 }}
      />
      <DataTable
        label="Tried and done"
        rows={summary}
        rowKey={({ kind }) => kind}
        empty={null}
        columns={[
          { title: 'Step', cell: ({ kind }) => <StatusBadge status={kind} /> },
          { title: 'Would', right: true, cell: ({ would }) => format.number(would) },
          { title: 'Did', right: true, cell: ({ did }) => format.number(did) },
          { title: 'Same', right: true, cell: ({ same }) => format.number(same) },
          { title: 'Sooner', right: true, cell: ({ sooner }) => format.number(sooner) },
          { title: 'Later', right: true, cell: ({ later }) => format.number(later) },
          { title: 'Only tried', right: true, cell: (row) => format.number(row.only_tried) },
          { title: 'Only done', right: true, cell: (row) => format.number(row.only_done) },
          {
            title: 'Customers',
            right: true,
            cell: (row) =>
              `${format.number(row.customers_would)} / ${format.number(row.customers_did)}`,
          },
        ]}
      />
    </Panel>
  );
}
