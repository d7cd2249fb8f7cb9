import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';

import type { LineOverview } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { AddLine } from './AddLine';
import { LineActions } from './LineActions';
import { WhyLine } from './WhyLine';

interface Props {
  customerId: string | undefined;
  lines: LineOverview[] | null;
  /** Lines whose status has just moved. */
  changed: ReadonlySet<string>;
  onChange: () => void;
  more: boolean;
}

/** The customer's lines: how each stands, and why. */
export function LinesPanel({ customerId, lines, changed, onChange, more }: Props) {
  const mayWrite = useMay('write');
  const [adding, { open, close }] = useDisclosure();
  return (
    <Panel
      title={more ? 'Lines, the first of many' : 'Lines'}
      aside={
        mayWrite && (
          <Button variant="default" size="compact-xs" onClick={open}>
            Add a line
          </Button>
        )
      }
    >
      {lines === null ? (
        <Empty title="Lines cannot be had now" />
      ) : (
        <DataTable
          label="Lines"
          rows={lines}
          rowKey={({ line }) => line.id}
          marked={({ line }) => changed.has(line.id)}
          empty={<Empty title="No lines yet">A line is a service that is sold and billed.</Empty>}
          columns={[
            {
              title: 'Line',
              cell: ({ line }) => (
                <>
                  <Text fz="inherit" fw={600}>
                    {line.number}
                  </Text>
                  <Text fz="xs" c="dimmed">
                    {line.plan_name}
                  </Text>
                </>
              ),
            },
            {
              title: 'Status',
              cell: ({ line }) => (
                <Stack gap={3} align="flex-start">
                  <StatusBadge status={line.status} />
                  <Group gap={3}>
                    {line.holds.map((hold) => (
                      <StatusBadge key={hold} status={hold} />
                    ))}
                  </Group>
                </Stack>
              ),
            },
            {
              title: 'Why',
              cell: ({ line, collections }) => (
                <Text fz="sm" maw={300} component="div">
                  {collections?.why ??
                    (line.status === 'not_installed'
                      ? 'Not in service yet.'
                      : 'Collections does not say now.')}{' '}
                  {collections !== null && <WhyLine lineId={line.id} number={line.number} />}
                </Text>
              ),
            },
            {
              title: 'Overdue',
              right: true,
              cell: ({ collections }) =>
                collections && (
                  <>
                    <Amount of={collections.overdue_amount} quietZero />
                    {collections.days_overdue > 0 && (
                      <Text fz="xs" c="dimmed">
                        {collections.days_overdue} days
                      </Text>
                    )}
                  </>
                ),
            },
            { title: 'Price', right: true, cell: ({ line }) => <Amount of={line.price} /> },
            {
              title: '',
              right: true,
              width: 44,
              cell: ({ line }) => <LineActions line={line} onChange={onChange} />,
            },
          ]}
        />
      )}
      {customerId !== undefined && adding && (
        <AddLine customerId={customerId} onClose={close} onAdded={onChange} />
      )}
    </Panel>
  );
}
