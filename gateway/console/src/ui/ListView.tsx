import { Button, Center, Stack, Text } from '@mantine/core';
import type { ComponentProps } from 'react';

import { DataTable } from './DataTable';
import { ProblemAlert } from './ProblemAlert';
import type { useList } from './useList';

type Props<T> = Omit<ComponentProps<typeof DataTable<T>>, 'rows'> & {
  list: ReturnType<typeof useList<T>>;
};

/** A list with its refusal above and the way to more below. */
export function ListView<T>({ list, ...table }: Props<T>) {
  return (
    <Stack gap="sm">
      <ProblemAlert error={list.error} onRetry={list.retry} />
      {(list.error === null || list.rows !== undefined) && (
        <DataTable {...table} rows={list.rows} />
      )}
      {list.rows !== undefined && list.rows.length > 0 && (
        <Center>
          {list.hasMore ? (
            <Button variant="default" loading={list.loadingMore} onClick={list.loadMore}>
              Load more
            </Button>
          ) : (
            <Text fz="xs" c="dimmed">
              {list.rows.length} shown
            </Text>
          )}
        </Center>
      )}
    </Stack>
  );
}
