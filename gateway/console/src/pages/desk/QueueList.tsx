import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Queue, QueueItem } from '../../api/collections';
import type { Page } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { ListView } from '../../ui/ListView';
import { useFormat } from '../../ui/format';
import { useList } from '../../ui/useList';
import { caseColumns } from './columns';
import type { ChangeFilters, DeskFilters } from './filters';

interface Props {
  filters: DeskFilters;
  change: ChangeFilters;
}

/** What waits to be worked, by its score. */
export function QueueList({ filters, change }: Props) {
  const navigate = useNavigate();
  const format = useFormat();
  const { queue, sort } = filters;
  const queues = useQuery({
    queryKey: ['queues'],
    queryFn: () =>
      taken<Page<Queue>>(
        api.GET('/api/v1/collections/queues', { params: { query: { limit: 100 } } }),
      ),
  });
  const list = useList<QueueItem>(
    ['queue', { queue, sort }],
    (paging) =>
      taken<Page<QueueItem>>(
        api.GET('/api/v1/collections/queue', {
          params: { query: { ...paging, queue_id: queue, sort } },
        }),
      ),
    { refetchInterval: 10_000 },
  );
  const columns = caseColumns(format).map((column) => ({
    ...column,
    sort: column.sort === 'score' ? 'score' : undefined,
  }));
  return (
    <>
      <Select
        label="Queue"
        placeholder="Everything in sight"
        clearable
        w={220}
        mb="sm"
        value={queue ?? null}
        onChange={(chosen) => change({ queue: chosen })}
        data={queues.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []}
      />
      <ListView
        label="Queue"
        list={list}
        rowKey={({ id }) => id}
        onRow={({ id }) => void navigate(`/desk/${id}`)}
        marked={({ leased_until }) => leased_until !== null}
        sort={sort ?? '-score'}
        onSort={(next) => change({ sort: next })}
        empty={<Empty title="Nothing waits">Every case has had its turn for today.</Empty>}
        columns={columns}
      />
    </>
  );
}
