import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';

import { api, taken } from '../../api/client';
import type { LineOverview, LineStatus, Overview } from '../../api/types';
import { told } from '../../ui/notify';

const CLOSELY_MS = 700;
const CALMLY_MS = 15_000;
/** How long a change is watched for what it brings about. */
const WATCH_MS = 12_000;

/** Whether collections and customers do not agree on a line yet: an order is under way. */
function underWay({ line, collections }: LineOverview): boolean {
  if (collections === null) return false;
  const ordered = collections.order !== null && !collections.order.carried_out;
  return ordered || collections.status !== line.status;
}

/**
 * A customer's story, followed closely while something is under way or was just done.
 *
 * `watch` says that something was done; `changed` are the lines whose status moved since.
 */
export function useOverview(customerId: string) {
  const queryClient = useQueryClient();
  const [watching, setWatching] = useState(false);
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const statuses = useRef(new Map<string, LineStatus>());
  const query = useQuery({
    queryKey: ['overview', customerId],
    queryFn: () =>
      taken<Overview>(
        api.GET('/api/v1/customers/{customer_id}/overview', {
          params: { path: { customer_id: customerId } },
        }),
      ),
    refetchInterval: ({ state }) =>
      watching || state.data?.lines?.some(underWay) ? CLOSELY_MS : CALMLY_MS,
  });

  const watch = useCallback(() => {
    setWatching(true);
    void queryClient.invalidateQueries({ queryKey: ['overview', customerId] });
  }, [queryClient, customerId]);

  useEffect(() => {
    if (!watching) return;
    const ending = setTimeout(() => setWatching(false), WATCH_MS);
    return () => clearTimeout(ending);
  }, [watching]);

  const lines = query.data?.lines;
  useEffect(() => {
    const moved = (lines ?? []).filter(({ line }) => {
      const before = statuses.current.get(line.id);
      statuses.current.set(line.id, line.status);
      return before !== undefined && before !== line.status;
    });
    if (moved.length === 0) return;
    for (const { line } of moved) told(`Line ${line.number} is ${line.status} now.`);
    setChanged(new Set(moved.map(({ line }) => line.id)));
  }, [lines]);

  useEffect(() => {
    if (changed.size === 0) return;
    const fading = setTimeout(() => setChanged(new Set()), 8_000);
    return () => clearTimeout(fading);
  }, [changed]);

  return { ...query, watch, changed };
}
