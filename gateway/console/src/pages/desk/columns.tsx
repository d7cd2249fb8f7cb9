import { Text } from '@mantine/core';

import type { Case } from '../../api/collections';
import { Amount } from '../../ui/Amount';
import type { Column } from '../../ui/DataTable';
import { NOTHING, type Format } from '../../ui/format';
import { StatusBadge } from '../../ui/StatusBadge';

/** What is said of a case in every list of them. */
export function caseColumns(format: Format): Column<Case>[] {
  return [
    {
      title: 'Customer',
      cell: (row) => (
        <>
          <Text fz="inherit" truncate maw={220}>
            {row.customer_name ?? NOTHING}
          </Text>
          {row.line_number !== null && (
            <Text fz="xs" c="dimmed">
              line {row.line_number}
            </Text>
          )}
        </>
      ),
    },
    { title: 'Status', cell: (row) => <StatusBadge status={row.status} /> },
    { title: 'Stage', cell: (row) => row.stage ?? NOTHING },
    { title: 'Collector', cell: (row) => row.collector_name ?? NOTHING },
    { title: 'Debt', right: true, sort: 'debt', cell: (row) => <Amount of={row.debt} strong /> },
    { title: 'Score', right: true, sort: 'score', width: 70, cell: (row) => row.score },
    {
      title: 'Oldest due',
      sort: 'oldest_due_on',
      cell: (row) => format.date(row.oldest_due_on),
    },
    { title: 'Priority', right: true, sort: 'priority', cell: (row) => row.priority },
    {
      title: 'Last contact',
      sort: 'last_contact_at',
      cell: (row) => format.day(row.last_contact_at),
    },
    {
      title: 'Next action',
      sort: 'next_action_on',
      cell: (row) => format.date(row.next_action_on),
    },
  ];
}
