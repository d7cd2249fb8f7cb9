import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  label: string;
  rows: [string, ReactNode][];
}

/** What a thing is, one fact a row: its name at the left, its value at the right. */
export function Facts({ label, rows }: Props) {
  return (
    <Table aria-label={label} horizontalSpacing={0} withRowBorders={false} verticalSpacing={3}>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Td>
              <Text span fz="sm" c="dimmed">
                {name}
              </Text>
            </Table.Td>
            <Table.Td ta="right">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
