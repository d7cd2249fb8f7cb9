import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { DepositAccount } from '../../api/money';
import type { Page } from '../../api/types';

/** The places where money is kept, to choose from and to name. */
export function useDepositAccounts(): DepositAccount[] {
  const { data } = useQuery({
    queryKey: ['deposit-accounts', 'choice'],
    queryFn: () =>
      taken<Page<DepositAccount>>(
        api.GET('/api/v1/deposit-accounts', { params: { query: { limit: 100 } } }),
      ),
  });
  return data?.items ?? [];
}
