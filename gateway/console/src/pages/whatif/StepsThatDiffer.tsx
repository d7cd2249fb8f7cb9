import { Group, Select } from '@mantine/core';

import { api, taken } from '../../api/client';
import type { StageKind, WhatIfDifference } from '../../api/collections';
import type { Page } from '../../api/types';
import { useOrganization } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { CustomerName } from '../../ui/CustomerName';
import { Empty } from '../../ui/Empty';
import { moneyOf, NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { Panel } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { KINDS } from '../policy/words';

const CHANGES = [
  { value: 'only_tried', label: 'would have come, did not' },
  { value: 'only_done', label: 'came, would not have' },
  { value: 'sooner', label: 'would have come sooner' },
  { value: 'later', label: 'would have come later' },
] as const;

type Change = (typeof CHANGES)[number]['value'];

/** The steps in which what was tried differs from what was done. */
export function StepsThatDiffer({ whatIfId }: { whatIfId: string }) {
  const format = useFormat();
  const currency = useOrganization()?.currency;
  const [filters, change] = useFilters('kind', 'change');
  const list = useList<WhatIfDifference>(
    ['what-if', whatIfId, 'differences', filters],
    ({ cursor, limit }) =>
      taken<Page<WhatIfDifference>>(
        api.GET('/api/v1/collections/what-ifs/{what_if_id}/differences', {
          params: {
            path: { what_if_id: whatIfId },
            query: {
              cursor,
              limit,
              kind: filters.kind as StageKind | undefined,
              change: filters.change as Change | undefined,
            },
          },
        }),
      ),
  );
  return (
    <Panel title="Differences">
      <Group mb="sm" align="end">
        <Select
          label="Step"
          placeholder="Any"
          clearable
          w={170}
          value={filters.kind ?? null}
          onChange={(kind) => change({ kind })}
          data={KINDS.map((value) => ({ value, label: lookOf(value).label }))}
        />
        <Select
          label="Difference"
          placeholder="Any"
          clearable
          w={210}
          value={filters.change ?? null}
          onChange={(next) => change({ change: next })}
          data={[...CHANGES]}
        />
      </Group>
      <ListView
        label="Differences"
        list={list}
        rowKey={(row) =>
          [row.customer_id, row.line_id, row.kind, row.stage, row.would_on, row.did_on].join()
        }
        empty={<Empty title="Nothing differs" />}
        columns={[
          { title: 'Customer', cell: ({ customer_id }) => <CustomerName id={customer_id} /> },
          { title: 'Step', cell: ({ kind }) => <StatusBadge status={kind} /> },
          { title: 'Stage', cell: ({ stage }) => stage ?? NOTHING },
          { title: 'Would have come', cell: ({ would_on }) => format.date(would_on) },
          { title: 'Came', cell: ({ did_on }) => format.date(did_on) },
          {
            title: 'Overdue then',
            right: true,
            cell: ({ amount_minor }) =>
              amount_minor === null || currency === undefined ? (
                NOTHING
              ) : (
                <Amount of={moneyOf(amount_minor, currency)} />
              ),
          },
        ]}
      />
    </Panel>
  );
}
