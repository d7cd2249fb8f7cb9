import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { Collector } from '../../api/collections';
import type { Page } from '../../api/types';

const MOST = 200;

/** Everybody who works cases, to choose from. */
export function useCollectors(): Collector[] {
  const { data } = useQuery({
    queryKey: ['collectors', 'all'],
    queryFn: () =>
      taken<Page<Collector>>(
        api.GET('/api/v1/collections/collectors', { params: { query: { limit: MOST } } }),
      ),
    staleTime: 10_000,
  });
  return data?.items ?? [];
}

/** Collectors as a choice; how much room each has is said. */
export function asChoice(collectors: Collector[]): { value: string; label: string }[] {
  return collectors
    .filter(({ active }) => active)
    .map(({ id, name, cases, capacity }) => ({
      value: id,
      label: `${name} (${cases} of ${capacity})`,
    }));
}
