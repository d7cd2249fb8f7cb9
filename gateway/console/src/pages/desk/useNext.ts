import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { api, newKey, taken } from '../../api/client';
import type { NextItem } from '../../api/collections';
import { refused, told } from '../../ui/notify';

const LEASE_MINUTES = 15;

/** Leases the case that is to be worked next and goes there. */
export function useNext(queueId: string | null) {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () =>
      taken<NextItem>(
        api.POST('/api/v1/collections/queue/next', {
          params: { header: { 'Idempotency-Key': newKey() } },
          body: { queue_id: queueId, minutes: LEASE_MINUTES },
        }),
      ),
    onSuccess: ({ item }) => {
      if (item === null) told('Nothing waits: every case has had its turn.');
      else void navigate(`/desk/${item.id}`);
    },
    onError: refused,
  });
}
