import { Anchor } from '@mantine/core';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { Line, Page } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { CustomerName } from '../../ui/CustomerName';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useQuery } from '@tanstack/react-query';

/** The lines suspended last. */
export function SuspendedLines() {
  const navigate = useNavigate();
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ['lines', 'suspended'],
    queryFn: () =>
      taken<Page<Line>>(
        api.GET('/api/v1/lines', { params: { query: { status: 'suspended', limit: 8 } } }),
      ),
    refetchInterval: 10_000,
  });
  return (
    <Panel
      title="Suspended lines"
      aside={
        <Anchor
          fz="sm"
          onClick={() => void navigate('/decisions?outcome=suspend')}
          component="button"
        >
          Decisions
        </Anchor>
      }
    >
      <DataTable
        label="Suspended lines"
        rows={data?.items}
        rowKey={(line) => line.id}
        onRow={(line) => void navigate(`/customers/${line.customer_id}`)}
        empty={<Empty title="No line is suspended" />}
        columns={[
          { title: 'Customer', cell: (line) => <CustomerName id={line.customer_id} /> },
          { title: 'Line', cell: (line) => `${line.number} · ${line.plan_name}` },
          {
            title: 'Held for',
            cell: (line) => line.holds.map((hold) => <StatusBadge key={hold} status={hold} />),
          },
          { title: 'Since', cell: (line) => format.instant(line.updated_at) },
          { title: 'Price', right: true, cell: (line) => <Amount of={line.price} /> },
        ]}
      />
    </Panel>
  );
}
