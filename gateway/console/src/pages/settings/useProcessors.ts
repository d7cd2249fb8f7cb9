import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { Processor } from '../../api/money';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';

/** The organization's accounts at card processors, for whoever takes payments. */
export function useProcessors() {
  const mayWrite = useMay('write');
  return useQuery({
    queryKey: ['processors'],
    queryFn: () =>
      taken<Page<Processor>>(api.GET('/api/v1/processors', { params: { query: { limit: 100 } } })),
    enabled: mayWrite,
    staleTime: 60_000,
  });
}
