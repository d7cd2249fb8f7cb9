import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../api/client';
import type { Line } from '../api/types';
import { CustomerName } from './CustomerName';

/** A line by its number and whose it is, where only the id is known. */
export function LineName({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['line', id],
    queryFn: () =>
      taken<Line>(api.GET('/api/v1/lines/{line_id}', { params: { path: { line_id: id } } })),
    staleTime: 60_000,
  });
  if (data === undefined) return <>The line</>;
  return (
    <>
      Line {data.number} of <CustomerName id={data.customer_id} />
    </>
  );
}
