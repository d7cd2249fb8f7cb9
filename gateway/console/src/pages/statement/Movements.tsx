import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { Movement, Statement } from '../../api/money';
import type { Money, Page } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { NOTHING, useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';
import { useList } from '../../ui/useList';
import type { Asked } from './StatementPage';

interface Props {
  customerId: string;
  asked: Asked;
  statement: Statement;
}

/** Everything that moved what a customer owes, one after another, with what was owed after it. */
export function Movements({ customerId, asked, statement }: Props) {
  const format = useFormat();
  const list = useList<Movement>(['statement', customerId, 'movements', asked], (paging) =>
    taken<Page<Movement>>(
      api.GET('/api/v1/customers/{customer_id}/statement/movements', {
        params: {
          path: { customer_id: customerId },
          query: { ...asked, cursor: paging.cursor, limit: paging.limit },
        },
      }),
    ),
  );
  const since = statement.from_on;
  return (
    <Panel
      title="Movements"
      aside={
        <Ends
          label={since === null ? 'Opening' : `Opening, ${format.date(since)}`}
          of={statement.opening}
        />
      }
    >
      <ListView
        label="Movements"
        list={list}
        rowKey={(movement) =>
          [movement.recorded_at, movement.kind, movement.reference, movement.balance.amount].join()
        }
        empty={<Empty title="Nothing moved on these days" />}
        columns={[
          { title: 'Day', cell: (movement) => format.date(movement.moved_on) },
          { title: 'What', cell: (movement) => words(movement.kind) },
          { title: 'Reference', cell: (movement) => <Reference of={movement} /> },
          { title: 'Amount', right: true, cell: (movement) => <Amount of={movement.amount} /> },
          {
            title: 'Balance',
            right: true,
            cell: (movement) => <Amount of={movement.balance} strong />,
          },
        ]}
      />
      <Group justify="end">
        <Ends label="Closing" of={statement.closing} />
      </Group>
    </Panel>
  );
}

/** What a movement is about, and the way to it. */
function Reference({ of: movement }: { of: Movement }) {
  const to =
    movement.payment_id !== null
      ? `/payments/${movement.payment_id}`
      : movement.invoice_id !== null
        ? `/invoices/${movement.invoice_id}`
        : null;
  if (to === null) return <>{movement.reference ?? NOTHING}</>;
  return (
    <Anchor component={Link} to={to} fz="inherit" truncate maw={200} display="block">
      {movement.reference ?? 'Open it'}
    </Anchor>
  );
}

function Ends({ label, of }: { label: string; of: Money }) {
  return (
    <Text fz="sm" span>
      {label} <Amount of={of} strong />
    </Text>
  );
}
