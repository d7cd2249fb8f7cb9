import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

import type { InvoiceDetail } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { NOTHING } from '../../ui/format';
import { Panel } from '../../ui/Panel';

/** What an invoice charges. */
export function Items({ invoice }: { invoice: InvoiceDetail }) {
  return (
    <Panel
      title="Items"
      aside={
        <Anchor component={Link} to={`/customers/${invoice.customer_id}`} fz="sm">
          {invoice.customer_name ?? 'The customer'}
        </Anchor>
      }
    >
      <DataTable
        label="Items"
        rows={invoice.items}
        rowKey={(item) => String(item.position)}
        empty={<Empty title="Nothing is charged" />}
        columns={[
          {
            title: 'Description',
            cell: (item) => (
              <>
                {item.description || NOTHING}
                {item.category_name !== null && (
                  <Text fz="xs" c="dimmed">
                    {item.category_name}
                  </Text>
                )}
              </>
            ),
          },
          { title: 'Quantity', right: true, cell: (item) => item.quantity },
          {
            title: 'Unit price',
            right: true,
            cell: (item) => (
              <>
                <Amount of={item.unit_price} />
                {item.price_includes_tax && (
                  <Text fz="xs" c="dimmed">
                    tax included
                  </Text>
                )}
              </>
            ),
          },
          { title: 'Tax', right: true, cell: (item) => `${item.tax_rate} %` },
          { title: 'Net', right: true, cell: (item) => <Amount of={item.net} /> },
          { title: 'Tax amount', right: true, cell: (item) => <Amount of={item.tax} quietZero /> },
        ]}
      />
      {invoice.memo !== null && (
        <Text fz="sm" c="dimmed" mt="xs">
          {invoice.memo}
        </Text>
      )}
    </Panel>
  );
}
