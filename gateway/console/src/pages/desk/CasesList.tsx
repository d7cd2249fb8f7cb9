import { Checkbox } from '@mantine/core';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Case, CaseStatus } from '../../api/collections';
import type { Page } from '../../api/types';
import type { Column } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { ListView } from '../../ui/ListView';
import { useFormat } from '../../ui/format';
import { useList } from '../../ui/useList';
import { caseColumns } from './columns';
import { NOBODY, type ChangeFilters, type DeskFilters } from './filters';

interface Props {
  filters: DeskFilters;
  change: ChangeFilters;
  chosen: ReadonlySet<string>;
  /** Undefined when the user may not assign. */
  onChoose?: (chosen: ReadonlySet<string>) => void;
}

/** All cases in sight, as they are filtered and sorted. */
export function CasesList({ filters, change, chosen, onChoose }: Props) {
  const navigate = useNavigate();
  const format = useFormat();
  const { q, status, collector, stage, min, max, customer_id, sort } = filters;
  const list = useList<Case>(
    ['cases', { q, status, collector, stage, min, max, customer_id, sort }],
    (paging) =>
      taken<Page<Case>>(
        api.GET('/api/v1/collections/cases', {
          params: {
            query: {
              ...paging,
              q,
              status: status === undefined ? undefined : [status as CaseStatus],
              collector_id: collector === NOBODY ? undefined : collector,
              assigned: collector === NOBODY ? false : undefined,
              stage,
              min_debt: min,
              max_debt: max,
              customer_id,
              sort,
            },
          },
        }),
      ),
    { refetchInterval: 10_000 },
  );
  const filtered = [q, status, collector, stage, min, max, customer_id].some(Boolean);
  const choice: Column<Case> = {
    title: '',
    width: 36,
    cell: ({ id, customer_name }) => (
      <Checkbox
        size="xs"
        aria-label={`Choose the case of ${customer_name ?? 'the customer'}`}
        checked={chosen.has(id)}
        onClick={(event) => event.stopPropagation()}
        onChange={() => {
          const next = new Set(chosen);
          if (!next.delete(id)) next.add(id);
          onChoose?.(next);
        }}
      />
    ),
  };
  return (
    <ListView
      label="Cases"
      list={list}
      rowKey={({ id }) => id}
      onRow={({ id }) => void navigate(`/desk/${id}`)}
      marked={({ id }) => chosen.has(id)}
      sort={sort ?? '-opened_at'}
      onSort={(next) => change({ sort: next })}
      empty={
        filtered ? (
          <Empty title="No case matches">Fewer filters show more.</Empty>
        ) : (
          <Empty title="No cases">
            A case opens when what is overdue beyond grace reaches the policy&apos;s minimum.
          </Empty>
        )
      }
      columns={[...(onChoose ? [choice] : []), ...caseColumns(format)]}
    />
  );
}
