import {
  Alert,
  Badge,
  Button,
  Group,
  Progress,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, download, newKey, taken } from '../../api/client';
import type { Import } from '../../api/types';
import { useMay } from '../../session/organization';
import { useFormat } from '../../ui/format';
import { refused } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { ImportErrors } from './ImportErrors';
import { isOver, useImport } from './useImport';

/** One import: how far it is, what it brought, what was refused. */
export function ImportView({ importId }: { importId: string }) {
  const { data: job, error, live } = useImport(importId);
  if (job === undefined) {
    return error === null ? <Skeleton height={160} /> : <ProblemAlert error={error} />;
  }
  return (
    <Panel title={job.file_name} aside={<Actions job={job} live={live} />}>
      <Stack gap="sm">
        <Progress
          value={job.progress_percent}
          animated={!isOver(job)}
          color={job.status === 'failed' ? 'red' : isOver(job) ? 'teal' : 'harbour.5'}
          size="lg"
          aria-label="Progress"
        />
        <Counts job={job} />
        {job.failure !== null && (
          <Alert color="red" variant="light" title="The file as a whole was refused">
            {job.failure}
          </Alert>
        )}
        {job.same_content_as !== null && (
          <Text fz="sm" c="dimmed">
            The same content was <Link to={`/imports/${job.same_content_as}`}>imported before</Link>
            .
          </Text>
        )}
        {job.warnings.map((warning) => (
          <Text key={warning} fz="sm" c="orange.8">
            {warning}
          </Text>
        ))}
        {job.rows_refused > 0 && <ImportErrors job={job} />}
      </Stack>
    </Panel>
  );
}

function Actions({ job, live }: { job: Import; live: boolean }) {
  const queryClient = useQueryClient();
  const mayWrite = useMay('write');
  const cancelling = useMutation({
    mutationFn: () =>
      taken<Import>(
        api.POST('/api/v1/imports/{import_id}/cancel', {
          params: { path: { import_id: job.id }, header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onSuccess: (cancelled) => queryClient.setQueryData(['import', job.id], cancelled),
    onError: refused,
  });
  const errors = () => {
    download(`/api/v1/imports/${job.id}/errors.csv`, `errors-${job.file_name}`).catch(refused);
  };
  return (
    <Group gap="xs">
      {live && (
        <Badge color="blue" variant="dot" size="sm" tt="none">
          live
        </Badge>
      )}
      <StatusBadge status={job.status} />
      {job.rows_refused > 0 && isOver(job) && (
        <Button variant="default" size="compact-xs" onClick={errors}>
          Download errors.csv
        </Button>
      )}
      {!isOver(job) && mayWrite && (
        <Button
          variant="default"
          size="compact-xs"
          loading={cancelling.isPending}
          onClick={() => cancelling.mutate()}
        >
          Cancel
        </Button>
      )}
    </Group>
  );
}

function Counts({ job }: { job: Import }) {
  const format = useFormat();
  const figures: [string, string][] = [
    ['Progress', `${job.progress_percent} %`],
    ['Rows read', format.number(job.rows)],
    ['Accepted', format.number(job.rows_accepted)],
    ['Refused', format.number(job.rows_refused)],
    ['Customers and lines', created(job.customers, format.number)],
    ['Invoices', created(job.invoices, format.number)],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      {figures.map(([label, value]) => (
        <div key={label}>
          <Text fz="xs" c="dimmed">
            {label}
          </Text>
          <Text fw={600} style={{ fontVariantNumeric: 'tabular-nums' }}>
            {value}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

function created(
  counts: { created: number; updated?: number; unchanged: number },
  number: (value: number) => string,
): string {
  const parts = [`${number(counts.created)} new`];
  if (counts.updated) parts.push(`${number(counts.updated)} changed`);
  if (counts.unchanged) parts.push(`${number(counts.unchanged)} known`);
  return parts.join(', ');
}
