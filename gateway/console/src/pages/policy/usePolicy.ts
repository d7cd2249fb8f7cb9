import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { PolicyDetail } from '../../api/collections';

/** A policy and the entity tag its next change has to name. */
export function usePolicy(id: string | null) {
  return useQuery({
    queryKey: ['policy', id],
    queryFn: async () => {
      let etag = '*';
      const asking = api
        .GET('/api/v1/collections/policies/{policy_id}', {
          params: { path: { policy_id: id ?? '' } },
        })
        .then((answer) => {
          etag = answer.response.headers.get('ETag') ?? etag;
          return answer;
        });
      return { policy: await taken<PolicyDetail>(asking), etag };
    },
    enabled: id !== null,
  });
}
