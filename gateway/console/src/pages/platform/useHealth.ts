import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Health } from '../../api/types';

/** The state of every process. A 503 is an answer here: it says which is down. */
export function useHealth() {
  return useQuery({
    queryKey: ['health'],
    queryFn: () =>
      taken<Health>(api.GET('/api/v1/health')).catch((error: unknown) => {
        const { status, members } = asProblem(error);
        if (status === 503 && members.components !== undefined) {
          return { status: 'down', components: members.components } as Health;
        }
        throw error;
      }),
    refetchInterval: 5_000,
  });
}
