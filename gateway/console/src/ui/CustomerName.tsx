import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, taken } from '../api/client';
import type { Customer } from '../api/types';

/** A customer by name, where only the id is known; leads to their page. */
export function CustomerName({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['customer', id],
    queryFn: () =>
      taken<Customer>(
        api.GET('/api/v1/customers/{customer_id}', { params: { path: { customer_id: id } } }),
      ),
    staleTime: 60_000,
  });
  return (
    <Anchor component={Link} to={`/customers/${id}`} fz="inherit">
      {data?.name ?? 'The customer'}
    </Anchor>
  );
}
