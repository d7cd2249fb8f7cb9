import { Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';

import { api, download, newKey, taken } from '../../api/client';
import type { Export, ExportKind } from '../../api/collections';
import type { Page } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { refused, told } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';
import type { Period } from './useFigures';

const KINDS: ExportKind[] = ['cases', 'decisions', 'reminders', 'ageing', 'commissions'];

/** Long lists as files: asked for, made on the side, downloaded when they are there. */
export function Exports({ period }: { period: Period }) {
  const format = useFormat();
  const list = useList<Export>(
    ['exports'],
    (paging) =>
      taken<Page<Export>>(api.GET('/api/v1/collections/exports', { params: { query: paging } })),
    { refetchInterval: 3_000 },
  );
  const asking = useMutation({
    mutationFn: (kind: ExportKind) =>
      taken<Export>(
        api.POST('/api/v1/collections/exports', {
          params: { header: { 'Idempotency-Key': newKey() } },
          body: {
            kind,
            from: kind === 'ageing' ? null : (period.from ?? null),
            to: period.to ?? null,
          },
        }),
      ),
    onSuccess: ({ kind }) => {
      told(`The file of ${kind} is being made.`);
      list.retry();
    },
    onError: refused,
  });
  return (
    <Panel
      title="Files"
      aside={
        <Group gap="xs">
          {KINDS.map((kind) => (
            <Button
              key={kind}
              size="compact-xs"
              variant="default"
              aria-label={`Export ${kind}`}
              loading={asking.isPending && asking.variables === kind}
              onClick={() => asking.mutate(kind)}
            >
              {kind}
            </Button>
          ))}
        </Group>
      }
    >
      <ListView
        label="Files"
        list={list}
        rowKey={({ id }) => id}
        empty={<Empty title="No file was asked for yet">CSV, kept for a week.</Empty>}
        columns={[
          { title: 'What', cell: ({ kind }) => kind },
          { title: 'Asked for', cell: ({ requested_at }) => format.instant(requested_at) },
          { title: 'By', cell: ({ requested_by }) => <UserName id={requested_by} /> },
          { title: 'From', cell: (row) => format.date(row.from) },
          { title: 'To', cell: (row) => format.date(row.to) },
          { title: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
          { title: 'Rows', right: true, cell: ({ rows }) => format.number(rows) },
          { title: 'Until', cell: ({ expires_at }) => format.day(expires_at) },
          {
            title: '',
            right: true,
            cell: ({ id, kind, status, to, error }) =>
              status === 'finished' ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Download ${kind}`}
                  onClick={() => {
                    download(
                      `/api/v1/collections/exports/${id}/download`,
                      `${kind}-${to}.csv`,
                    ).catch(refused);
                  }}
                >
                  Download
                </Button>
              ) : (
                error
              ),
          },
        ]}
      />
    </Panel>
  );
}
