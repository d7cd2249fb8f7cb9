import { Button, Group, Paper, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';

import { useMay } from '../../session/organization';
import { PageHeader } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { useRowKeys } from '../../ui/useRowKeys';
import { AssignMany } from './AssignMany';
import { CaseFilters } from './CaseFilters';
import { CasesList } from './CasesList';
import { asFilter, FILTERS } from './filters';
import { QueueList } from './QueueList';
import { useNext } from './useNext';

/** The collector's desk: cases, what waits to be worked first, and the way to the next one. */
export function DeskPage() {
  const mayCollect = useMay('collect');
  const mayAdminister = useMay('administer');
  const [filters, change] = useFilters(...FILTERS);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [assigning, setAssigning] = useState(false);
  const next = useNext(filters.queue ?? null);
  const inQueue = filters.view === 'queue';
  useRowKeys();
  return (
    <>
      <PageHeader title="Desk">
        <Button component={Link} to="/desk/queues" variant="default">
          Queues
        </Button>
        <Button component={Link} to="/desk/collectors" variant="default">
          Collectors
        </Button>
        {mayAdminister && (!inQueue || filters.queue) && (
          <Button variant="default" onClick={() => setAssigning(true)}>
            {inQueue || chosen.size === 0 ? 'Assign all found…' : `Assign ${chosen.size}…`}
          </Button>
        )}
        {mayCollect && (
          <Button loading={next.isPending} onClick={() => next.mutate()}>
            Next
          </Button>
        )}
      </PageHeader>
      <Paper>
        <Group mb="sm" justify="space-between" align="end">
          <SegmentedControl
            aria-label="View"
            value={inQueue ? 'queue' : 'cases'}
            onChange={(view) => change({ view: view === 'queue' ? view : null, sort: null })}
            data={[
              { value: 'cases', label: 'Cases' },
              { value: 'queue', label: 'Most urgent first' },
            ]}
          />
          <Text fz="xs" c="dimmed">
            j and k move along the list, Enter opens.
          </Text>
        </Group>
        {inQueue ? (
          <QueueList filters={filters} change={change} />
        ) : (
          <>
            <CaseFilters filters={filters} change={change} />
            <CasesList
              filters={filters}
              change={change}
              chosen={chosen}
              onChoose={mayAdminister ? setChosen : undefined}
            />
          </>
        )}
      </Paper>
      {assigning && (
        <AssignMany
          which={
            inQueue
              ? { queue_id: filters.queue }
              : chosen.size > 0
                ? { case_ids: [...chosen] }
                : { filter: asFilter(filters) }
          }
          onClose={() => setAssigning(false)}
          onDone={() => setChosen(new Set())}
        />
      )}
    </>
  );
}
