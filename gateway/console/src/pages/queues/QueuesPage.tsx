import { Button, Paper } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Queue } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { BackTitle } from '../../ui/BackTitle';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { UserName } from '../../ui/UserName';
import { useCollectors } from '../collectors/useCollectors';
import { QueueForm } from './QueueForm';
import { countedBy, filteredBy } from './words';

/** Saved queues: which cases are in each, and what makes one of them urgent. */
export function QueuesPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const client = useQueryClient();
  const mayAdminister = useMay('administer');
  const collectors = useCollectors();
  const [filters, change] = useFilters('sort');
  const [editing, setEditing] = useState<Queue | 'new' | null>(null);
  const list = useList<Queue>(['queues', 'list', filters.sort], (paging) =>
    taken<Page<Queue>>(
      api.GET('/api/v1/collections/queues', {
        params: { query: { ...paging, sort: filters.sort } },
      }),
    ),
  );
  const changed = () => {
    void client.invalidateQueries({ queryKey: ['queues'] });
    void client.invalidateQueries({ queryKey: ['queue'] });
  };
  return (
    <>
      <PageHeader
        title={
          <BackTitle to="/desk?view=queue" label="The desk">
            Queues
          </BackTitle>
        }
      >
        {mayAdminister && <Button onClick={() => setEditing('new')}>New queue</Button>}
      </PageHeader>
      <Paper>
        <ListView
          label="Queues"
          list={list}
          rowKey={({ id }) => id}
          onRow={(row) =>
            mayAdminister ? setEditing(row) : void navigate(`/desk?view=queue&queue=${row.id}`)
          }
          sort={filters.sort ?? 'name'}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No queue is saved yet">
              A queue is a filter of cases and a formula of what is urgent; without one, everything
              in sight is worked.
            </Empty>
          }
          columns={[
            { title: 'Name', sort: 'name', cell: ({ name }) => name },
            { title: 'Cases', cell: ({ filter }) => filteredBy(filter, collectors, format) },
            { title: 'What counts', cell: ({ weights }) => countedBy(weights) },
            {
              title: 'Made',
              sort: 'created_at',
              cell: ({ created_at }) => format.day(created_at),
            },
            { title: 'By', cell: ({ created_by }) => <UserName id={created_by} /> },
          ]}
        />
      </Paper>
      {editing !== null && (
        <QueueForm
          of={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onDone={changed}
        />
      )}
    </>
  );
}
