import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, taken } from '../../api/client';
import { events } from '../../api/events';
import type { Import } from '../../api/types';

const RECONNECT_MS = 1_500;

/** Whether an import is at its end. */
export function isOver(job: Import): boolean {
  return job.status === 'finished' || job.status === 'failed' || job.status === 'cancelled';
}

/**
 * One import, followed live: its server-sent events are put where the query keeps its data.
 * A stream that breaks is opened again; `live` says whether one is open.
 */
export function useImport(importId: string) {
  const queryClient = useQueryClient();
  const [live, setLive] = useState(false);
  const query = useQuery({
    queryKey: ['import', importId],
    queryFn: () =>
      taken<Import>(
        api.GET('/api/v1/imports/{import_id}', { params: { path: { import_id: importId } } }),
      ),
  });
  const following = query.data !== undefined && !isOver(query.data);
  useEffect(() => {
    if (!following) return;
    const ending = new AbortController();
    const follow = async () => {
      while (!ending.signal.aborted) {
        try {
          for await (const { event, data } of events(
            `/api/v1/imports/${importId}/events`,
            ending.signal,
          )) {
            if (event !== 'progress' && event !== 'end') continue;
            setLive(event === 'progress');
            queryClient.setQueryData(['import', importId], JSON.parse(data) as Import);
            if (event === 'end') void queryClient.invalidateQueries({ queryKey: ['imports'] });
          }
        } catch {
          // The server will be asked again, unless it was this page that ended the stream.
        }
        setLive(false);
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    };
    void follow();
    return () => ending.abort();
  }, [importId, following, queryClient]);
  return { ...query, live };
}
