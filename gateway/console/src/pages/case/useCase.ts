import { useQuery, useQueryClient } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { CaseDetail, Dispute, Offer, PaymentPlan, PromiseToPay } from '../../api/collections';
import type { Page } from '../../api/types';

const MOST = 100;

/** A case and all that is agreed on it. */
export function useCase(id: string) {
  const client = useQueryClient();
  const detail = useQuery({
    queryKey: ['case', id],
    queryFn: () =>
      taken<CaseDetail>(
        api.GET('/api/v1/collections/cases/{case_id}', { params: { path: { case_id: id } } }),
      ),
    refetchInterval: 5_000,
  });
  const params = { query: { case_id: id, limit: MOST } };
  const promises = useQuery({
    queryKey: ['case', id, 'promises'],
    queryFn: () => taken<Page<PromiseToPay>>(api.GET('/api/v1/collections/promises', { params })),
    refetchInterval: 10_000,
  });
  const plans = useQuery({
    queryKey: ['case', id, 'plans'],
    queryFn: () => taken<Page<PaymentPlan>>(api.GET('/api/v1/collections/plans', { params })),
    refetchInterval: 10_000,
  });
  const offers = useQuery({
    queryKey: ['case', id, 'offers'],
    queryFn: () => taken<Page<Offer>>(api.GET('/api/v1/collections/offers', { params })),
    refetchInterval: 10_000,
  });
  const disputes = useQuery({
    queryKey: ['case', id, 'disputes'],
    queryFn: () => taken<Page<Dispute>>(api.GET('/api/v1/collections/disputes', { params })),
    refetchInterval: 10_000,
  });
  return {
    detail,
    promises: promises.data?.items ?? [],
    plans: plans.data?.items ?? [],
    offers: offers.data?.items ?? [],
    disputes: disputes.data?.items ?? [],
    /** Ask for everything again: something was just done. */
    changed: () => {
      void client.invalidateQueries({ queryKey: ['case', id] });
      void client.invalidateQueries({ queryKey: ['cases'] });
    },
  };
}
