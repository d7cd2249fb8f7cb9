import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { Plan } from '../../api/money';
import type { Page } from '../../api/types';

/** The plans to choose from, by name. */
export function usePlans(): Plan[] {
  const { data } = useQuery({
    queryKey: ['plans', 'choice'],
    queryFn: () =>
      taken<Page<Plan>>(
        api.GET('/api/v1/plans', { params: { query: { limit: 100, sort: 'name' } } }),
      ),
  });
  return data?.items ?? [];
}
