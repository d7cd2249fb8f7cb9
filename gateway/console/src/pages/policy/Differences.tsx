import { Code, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { PolicyDifferences } from '../../api/collections';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { NOTHING } from '../../ui/format';
import { ProblemAlert } from '../../ui/ProblemAlert';

/** Where two policies differ, place by place. */
export function Differences({ before, after }: { before: string; after: string }) {
  const { data, error } = useQuery({
    queryKey: ['policy', before, 'differences', after],
    queryFn: () =>
      taken<PolicyDifferences>(
        api.GET('/api/v1/collections/policies/{policy_id}/differences/{other_id}', {
          params: { path: { policy_id: before, other_id: after } },
        }),
      ),
  });
  if (error !== null) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={80} />;
  return (
    <DataTable
      label="Differences"
      rows={data.changes}
      rowKey={({ path }) => path}
      empty={<Empty title="They say the same" />}
      columns={[
        { title: 'Where', cell: ({ path }) => <Code>{path}</Code> },
        { title: data.before.name, cell: (change) => <Value of={change.before} color="red.8" /> },
        { title: data.after.name, cell: (change) => <Value of={change.after} color="teal.9" /> },
      ]}
    />
  );
}

function Value({ of: value, color }: { of: unknown; color: string }) {
  return (
    <Text fz="sm" c={value === null ? 'dimmed' : color} style={{ overflowWrap: 'anywhere' }}>
      {value === null ? NOTHING : typeof value === 'string' ? value : JSON.stringify(value)}
    </Text>
  );
}
