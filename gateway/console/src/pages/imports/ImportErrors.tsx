import { Title } from '@mantine/core';

import { api, taken } from '../../api/client';
import type { Import, Page, RowError } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { useList } from '../../ui/useList';
import { isOver } from './useImport';

/** The rows that were refused: where, which column, why, and by whom. */
export function ImportErrors({ job }: { job: Import }) {
  const format = useFormat();
  const list = useList<RowError>(
    ['import', job.id, 'errors', isOver(job)],
    (paging) =>
      taken<Page<RowError>>(
        api.GET('/api/v1/imports/{import_id}/errors', {
          params: { path: { import_id: job.id }, query: { ...paging, limit: 20 } },
        }),
      ),
    { refetchInterval: isOver(job) ? false : 3_000 },
  );
  return (
    <section>
      <Title order={3}>Refused rows</Title>
      <ListView
        label="Refused rows"
        list={list}
        rowKey={(error) => `${error.line} ${error.column ?? ''} ${error.message}`}
        empty={<Empty title="None to show yet" />}
        columns={[
          { title: 'Line', right: true, width: 70, cell: (error) => format.number(error.line) },
          { title: 'Column', width: 160, cell: (error) => error.column ?? 'the whole row' },
          { title: 'What is wrong', cell: (error) => error.message },
          { title: 'Refused by', width: 110, cell: (error) => error.source },
        ]}
      />
    </section>
  );
}
