import { Anchor, Button, Group, TextInput } from '@mantine/core';
import { Link } from 'react-router';

import { api, download, taken } from '../../api/client';
import type { Entry } from '../../api/money';
import type { Page } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { refused } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';

/** A deposit account's side of the journal. */
export function Entries({ accountId }: { accountId: string }) {
  const format = useFormat();
  const [filters, change] = useFilters('booked_from', 'booked_to', 'sort');
  const { sort, ...days } = filters;
  const list = useList<Entry>(['journal', accountId, filters], (paging) =>
    taken<Page<Entry>>(
      api.GET('/api/v1/journal', {
        params: { query: { ...paging, ...days, deposit_account_id: accountId, sort } },
      }),
    ),
  );
  const save = () => {
    const query = new URLSearchParams({ deposit_account_id: accountId });
    for (const [name, value] of Object.entries(days)) if (value) query.set(name, value);
    download(`/api/v1/journal/export?${query.toString()}`, 'journal.csv').catch(refused);
  };
  return (
    <Panel
      title="Entries"
      aside={
        <Button variant="default" size="compact-xs" onClick={save}>
          Download CSV
        </Button>
      }
    >
      <Group mb="sm">
        <TextInput
          label="Booked from"
          type="date"
          value={filters.booked_from ?? ''}
          onChange={(event) => change({ booked_from: event.currentTarget.value })}
        />
        <TextInput
          label="Booked to"
          type="date"
          value={filters.booked_to ?? ''}
          onChange={(event) => change({ booked_to: event.currentTarget.value })}
        />
      </Group>
      <ListView
        label="Entries"
        list={list}
        rowKey={(entry) => String(entry.id)}
        sort={sort}
        onSort={(by) => change({ sort: by })}
        empty={<Empty title="No entry matches" />}
        columns={[
          { title: 'Booked', sort: 'booked_on', cell: (entry) => format.date(entry.booked_on) },
          { title: 'Recorded', cell: (entry) => format.instant(entry.recorded_at) },
          { title: 'What', cell: (entry) => entry.memo ?? NOTHING },
          {
            title: 'Payment',
            cell: (entry) =>
              entry.payment_id === null ? (
                NOTHING
              ) : (
                <Anchor component={Link} to={`/payments/${entry.payment_id}`} fz="inherit">
                  Its payment
                </Anchor>
              ),
          },
          {
            title: 'In',
            right: true,
            cell: (entry) => entry.debit && <Amount of={entry.debit} />,
          },
          {
            title: 'Out',
            right: true,
            cell: (entry) => entry.credit && <Amount of={entry.credit} />,
          },
        ]}
      />
    </Panel>
  );
}
