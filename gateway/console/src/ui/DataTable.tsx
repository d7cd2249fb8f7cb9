import { Skeleton, Table, Text, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';

export interface Column<T> {
  title: string;
  cell: (row: T) => ReactNode;
  /** Numbers and money stand at the right. */
  right?: boolean;
  /** The API's name of the order by this column; without it there is none. */
  sort?: string;
  width?: number | string;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[] | undefined;
  rowKey: (row: T) => string;
  empty: ReactNode;
  /** As the API takes it: `name`, `-due_on`. */
  sort?: string;
  onSort?: (sort: string) => void;
  onRow?: (row: T) => void;
  marked?: (row: T) => boolean;
  /** Narrower than this it scrolls; less for few columns in a narrow place. */
  minWidth?: number;
}

/** A list: skeletons while it loads, a word when it is empty, rows that a keyboard can open. */
export function DataTable<T>(props: Props<T>) {
  const { columns, rows, rowKey, empty, onRow, label, marked, minWidth = 560 } = props;
  if (rows?.length === 0) return <>{empty}</>;
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native">
      <Table aria-label={label} highlightOnHover={onRow !== undefined} stickyHeader={false}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Head key={column.title} column={column} {...props} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows === undefined
            ? Array.from({ length: 8 }, (_, row) => (
                <Table.Tr key={row}>
                  {columns.map((column) => (
                    <Table.Td key={column.title}>
                      <Skeleton height={14} my={3} />
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))
            : rows.map((row) => (
                <Table.Tr
                  key={rowKey(row)}
                  tabIndex={onRow ? 0 : undefined}
                  bg={marked?.(row) ? 'var(--duesline-marked)' : undefined}
                  style={{ cursor: onRow ? 'pointer' : undefined }}
                  onClick={onRow && (() => onRow(row))}
                  onKeyDown={
                    onRow &&
                    ((event) => {
                      if (event.key === 'Enter' && event.target === event.currentTarget) onRow(row);
                    })
                  }
                >
                  {columns.map((column) => (
                    <Table.Td key={column.title} ta={column.right ? 'right' : undefined}>
                      {column.cell(row)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Head<T>({ column, sort, onSort }: { column: Column<T> } & Props<T>) {
  const name = column.sort;
  const ascending = name !== undefined && sort === name;
  const descending = name !== undefined && sort === `-${name}`;
  const title = (
    <Text span fz="xs" fw={600} c="dimmed" style={{ whiteSpace: 'nowrap' }}>
      {column.title} {ascending ? '↑' : descending ? '↓' : ''}
    </Text>
  );
  return (
    <Table.Th
      ta={column.right ? 'right' : undefined}
      w={column.width}
      aria-sort={ascending ? 'ascending' : descending ? 'descending' : undefined}
    >
      {name !== undefined && onSort ? (
        <UnstyledButton
          display="inline"
          aria-label={`Sort by ${column.title}`}
          onClick={() => onSort(ascending ? `-${name}` : name)}
        >
          {title}
        </UnstyledButton>
      ) : (
        title
      )}
    </Table.Th>
  );
}
