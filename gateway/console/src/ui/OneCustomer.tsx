import { Pill } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../api/client';
import type { Customer } from '../api/types';

/** Says that a list is of one customer only, and lets go of that. */
export function OneCustomer({ id, onClear }: { id: string | undefined; onClear: () => void }) {
  const { data } = useQuery({
    queryKey: ['customer', id],
    queryFn: () =>
      taken<Customer>(
        api.GET('/api/v1/customers/{customer_id}', {
          params: { path: { customer_id: id ?? '' } },
        }),
      ),
    enabled: id !== undefined,
  });
  if (id === undefined) return null;
  return (
    <Pill
      size="md"
      withRemoveButton
      onRemove={onClear}
      removeButtonProps={{ 'aria-label': 'All customers' }}
    >
      {data?.name ?? 'One customer'}
    </Pill>
  );
}
