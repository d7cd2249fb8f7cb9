import { Button, Grid, Group, Paper, Skeleton, Stack, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';

import { download, fetched } from '../../api/client';
import type { Statement } from '../../api/money';
import { BackTitle } from '../../ui/BackTitle';
import { refused } from '../../ui/notify';
import { PageHeader } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { useFilters } from '../../ui/useFilters';
import { Movements } from './Movements';
import { Sums } from './Sums';

/** What of a statement is asked for, as its address says it. */
export interface Asked {
  from?: string;
  to?: string;
  as_known_at?: string;
}

/** What a customer owed, what moved it and what is owed now: on any day, as known at any time. */
export function StatementPage() {
  const { customerId = '' } = useParams();
  const [filters, change] = useFilters('from', 'to', 'known_at');
  const asked: Asked = {
    from: filters.from,
    to: filters.to,
    as_known_at: filters.known_at ? new Date(filters.known_at).toISOString() : undefined,
  };
  const { data, error, refetch } = useQuery({
    queryKey: ['statement', customerId, asked],
    // The path answers files, too, which the generated client cannot tell apart.
    queryFn: async () =>
      (await (
        await fetched(address(customerId, asked, { format: 'json', limit: '1' }))
      ).json()) as Statement,
    placeholderData: keepPreviousData,
  });
  const save = (format: 'csv' | 'pdf') => {
    download(
      address(customerId, asked, { format }),
      `statement-${data?.until ?? 'today'}.${format}`,
    ).catch(refused);
  };
  return (
    <>
      <PageHeader
        title={
          <BackTitle to={`/customers/${customerId}`} label="The customer">
            {data ? `Statement of ${data.customer_name}` : 'Statement'}
          </BackTitle>
        }
      >
        <Button variant="default" onClick={() => save('csv')}>
          Download CSV
        </Button>
        <Button variant="default" onClick={() => save('pdf')}>
          Download PDF
        </Button>
      </PageHeader>
      <Stack>
        <Paper>
          <Group align="end">
            <TextInput
              label="From"
              type="date"
              value={filters.from ?? ''}
              onChange={(event) => change({ from: event.currentTarget.value })}
            />
            <TextInput
              label="To"
              type="date"
              value={filters.to ?? ''}
              onChange={(event) => change({ to: event.currentTarget.value })}
            />
            <TextInput
              label="As known at"
              type="datetime-local"
              value={filters.known_at ?? ''}
              onChange={(event) => change({ known_at: event.currentTarget.value })}
            />
          </Group>
        </Paper>
        <ProblemAlert error={error} onRetry={() => void refetch()} />
        {data === undefined ? (
          error === null && <Skeleton height={260} />
        ) : (
          <Grid>
            <Grid.Col span={{ base: 12, lg: 8 }}>
              <Movements customerId={customerId} asked={asked} statement={data} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 4 }}>
              <Sums statement={data} />
            </Grid.Col>
          </Grid>
        )}
      </Stack>
    </>
  );
}

function address(customerId: string, asked: Asked, more: Record<string, string>): string {
  const query = new URLSearchParams(more);
  for (const name of ['from', 'to', 'as_known_at'] as const) {
    const value = asked[name];
    if (value !== undefined) query.set(name, value);
  }
  return `/api/v1/customers/${customerId}/statement?${query.toString()}`;
}
