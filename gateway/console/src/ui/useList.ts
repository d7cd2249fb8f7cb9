import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';

import type { Page, Paging } from '../api/types';

interface Listing<T> {
  rows: T[] | undefined;
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

/** A keyset list: pages are fetched one after another as they are asked for. */
export function useList<T>(
  key: readonly unknown[],
  fetchPage: (paging: Paging) => Promise<Page<T>>,
  options: { refetchInterval?: number | false; enabled?: boolean } = {},
): Listing<T> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetchPage({ cursor: pageParam, limit: 50 }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    ...options,
  });
  return {
    rows: query.data?.pages.flatMap((page) => page.items),
    error: query.error,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}
