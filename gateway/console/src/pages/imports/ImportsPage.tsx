import { Anchor, Button, Grid, Paper, Stack } from '@mantine/core';
import { useNavigate, useParams } from 'react-router';

import { api, download, taken } from '../../api/client';
import type { Import, Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { refused } from '../../ui/notify';
import { PageHeader } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useList } from '../../ui/useList';
import { ImportView } from './ImportView';
import { UploadZone } from './UploadZone';

/** Files taken in: one can be dropped here, and followed. */
export function ImportsPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const mayWrite = useMay('write');
  const { importId } = useParams();
  const list = useList<Import>(
    ['imports'],
    (paging) =>
      taken<Page<Import>>(api.GET('/api/v1/imports', { params: { query: { ...paging } } })),
    { refetchInterval: 5_000 },
  );
  const template = () => {
    download('/api/v1/imports/template.csv', 'template.csv').catch(refused);
  };
  return (
    <>
      <PageHeader title="Imports">
        <Button variant="default" onClick={template}>
          Download a template
        </Button>
      </PageHeader>
      <Stack>
        {mayWrite && <UploadZone onStarted={(job) => void navigate(`/imports/${job.id}`)} />}
        <Grid>
          {importId !== undefined && (
            <Grid.Col span={12}>
              <ImportView key={importId} importId={importId} />
            </Grid.Col>
          )}
          <Grid.Col span={12}>
            <Paper>
              <ListView
                label="Imports"
                list={list}
                rowKey={(job) => job.id}
                onRow={(job) => void navigate(`/imports/${job.id}`)}
                empty={
                  <Empty title="No file was taken in yet">
                    A file has one row per line or debt.{' '}
                    <Anchor component="button" fz="sm" onClick={template}>
                      Start from the template
                    </Anchor>
                    .
                  </Empty>
                }
                columns={[
                  { title: 'File', cell: (job) => job.file_name },
                  { title: 'Uploaded', cell: (job) => format.instant(job.created_at) },
                  { title: 'By', cell: (job) => job.uploaded_by_name },
                  { title: 'Status', cell: (job) => <StatusBadge status={job.status} /> },
                  { title: 'Rows', right: true, cell: (job) => format.number(job.rows) },
                  {
                    title: 'Accepted',
                    right: true,
                    cell: (job) => format.number(job.rows_accepted),
                  },
                  {
                    title: 'Refused',
                    right: true,
                    cell: (job) => format.number(job.rows_refused),
                  },
                ]}
              />
            </Paper>
          </Grid.Col>
        </Grid>
      </Stack>
    </>
  );
}
