import { useMutation } from '@tanstack/react-query';

import { api, newKey, taken } from '../../api/client';
import { refused, told } from '../../ui/notify';

/** Ends an exemption now. */
export function useRevoke(onDone: () => void) {
  return useMutation({
    mutationFn: (id: string) =>
      taken(
        api.POST('/api/v1/collections/exemptions/{exemption_id}/revoke', {
          params: { path: { exemption_id: id }, header: { 'Idempotency-Key': newKey() } },
        }),
      ),
    onSuccess: () => {
      told('The exemption is revoked.');
      onDone();
    },
    onError: refused,
  });
}
