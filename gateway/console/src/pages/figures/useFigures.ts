import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type {
  Ageing,
  Cei,
  CollectorFigures,
  Cure,
  Dso,
  Latency,
  Precision,
  PromiseFigures,
  Recovery,
  RollRates,
  Trends,
} from '../../api/collections';

/** The days that are asked about; the last thirty where they are left out. */
export interface Period {
  from?: string;
  to?: string;
}

export type Step = 'day' | 'week' | 'month';

function useFigure<T>(key: unknown[], ask: () => Promise<T>): UseQueryResult<T> {
  return useQuery({
    queryKey: ['figures', ...key],
    queryFn: ask,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** The figures of a period that are shown as one number each. */
export function useNumbers(query: Period) {
  const params = { query };
  return {
    recovery: useFigure(['recovery', query], () =>
      taken<Recovery>(api.GET('/api/v1/collections/analytics/dashboard', { params })),
    ),
    promises: useFigure(['promises', query], () =>
      taken<PromiseFigures>(api.GET('/api/v1/collections/analytics/promises', { params })),
    ),
    dso: useFigure(['dso', query], () =>
      taken<Dso>(api.GET('/api/v1/collections/analytics/dso', { params })),
    ),
    cei: useFigure(['cei', query], () =>
      taken<Cei>(api.GET('/api/v1/collections/analytics/cei', { params })),
    ),
    cure: useFigure(['cure', query], () =>
      taken<Cure>(api.GET('/api/v1/collections/analytics/cure', { params })),
    ),
    precision: useFigure(['precision', query], () =>
      taken<Precision>(api.GET('/api/v1/collections/analytics/precision', { params })),
    ),
  };
}

export function useAgeing(asOf: string | undefined) {
  return useFigure(['ageing', asOf], () =>
    taken<Ageing>(
      api.GET('/api/v1/collections/analytics/ageing', { params: { query: { as_of: asOf } } }),
    ),
  );
}

export function useTrends(period: Period, by: Step) {
  return useFigure(['trends', period, by], () =>
    taken<Trends>(
      api.GET('/api/v1/collections/analytics/trends', { params: { query: { ...period, by } } }),
    ),
  );
}

export function useCollectorFigures(query: Period) {
  return useFigure(['collectors', query], () =>
    taken<CollectorFigures>(
      api.GET('/api/v1/collections/analytics/collectors', { params: { query } }),
    ),
  );
}

export function useRollRates(query: Period) {
  return useFigure(['rolls', query], () =>
    taken<RollRates>(api.GET('/api/v1/collections/analytics/roll-rates', { params: { query } })),
  );
}

export function useLatency(query: Period) {
  return useFigure(['latency', query], () =>
    taken<Latency>(api.GET('/api/v1/collections/analytics/latency', { params: { query } })),
  );
}
