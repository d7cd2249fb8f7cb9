import { Anchor, Button, Text } from '@mantine/core';
import { Link } from 'react-router';

import type { Invoice } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { DataTable, type Column } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';

interface Props {
  invoices: Invoice[] | null;
  /** Undefined when the user may not take payments. */
  onPay?: (invoice: Invoice) => void;
  allAt: string;
  more: boolean;
}

/** What is owed, the oldest due first. */
export function OpenInvoices({ invoices, onPay, allAt, more }: Props) {
  const format = useFormat();
  const columns: Column<Invoice>[] = [
    { title: 'Number', cell: (invoice) => invoice.number ?? NOTHING },
    { title: 'Due', cell: (invoice) => format.date(invoice.due_on) },
    { title: 'Days', right: true, cell: (invoice) => <Overdue of={invoice} /> },
    { title: 'Status', cell: (invoice) => <StatusBadge status={invoice.status} /> },
    { title: 'Total', right: true, cell: (invoice) => <Amount of={invoice.total} /> },
    { title: 'Open', right: true, cell: (invoice) => <Amount of={invoice.open} strong /> },
  ];
  if (onPay !== undefined) {
    columns.push({
      title: '',
      right: true,
      cell: (invoice) => (
        <Button
          size="compact-xs"
          variant="light"
          aria-label={`Pay invoice ${invoice.number ?? ''}`}
          onClick={() => onPay(invoice)}
        >
          Pay
        </Button>
      ),
    });
  }
  return (
    <Panel
      title={more ? `Open invoices, the ${invoices?.length ?? 0} oldest` : 'Open invoices'}
      aside={
        <Anchor component={Link} to={allAt} fz="sm">
          All invoices
        </Anchor>
      }
    >
      {invoices === null ? (
        <Empty title="Invoices cannot be had now" />
      ) : (
        <DataTable
          label="Open invoices"
          rows={invoices}
          rowKey={(invoice) => invoice.id}
          empty={<Empty title="Nothing is owed" />}
          columns={columns}
        />
      )}
    </Panel>
  );
}

function Overdue({ of: invoice }: { of: Invoice }) {
  const left = invoice.days_until_due;
  if (left === null) return <>{NOTHING}</>;
  if (left < 0) {
    return (
      <Text span fz="inherit" c="red.8" fw={600}>
        {-left} overdue
      </Text>
    );
  }
  return <>{left === 0 ? 'today' : `in ${left}`}</>;
}
