import { Alert, List, MultiSelect, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { BulkAssignment, BulkAssignmentIn } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { told } from '../../ui/notify';
import { asChoice, useCollectors } from '../collectors/useCollectors';

/** Cases one by one, all that a filter finds, or all that wait in a saved queue. */
export type Which = Pick<BulkAssignmentIn, 'case_ids' | 'filter' | 'queue_id'>;

interface Props {
  which: Which;
  onClose: () => void;
  onDone: () => void;
}

const ask = (body: BulkAssignmentIn) =>
  taken<BulkAssignment>(
    api.POST('/api/v1/collections/cases/assign', {
      params: { header: { 'Idempotency-Key': newKey() } },
      body,
    }),
  );

/** Gives many cases to collectors by turns; says beforehand what would come of it. */
export function AssignMany({ which, onClose, onDone }: Props) {
  const client = useQueryClient();
  const collectors = useCollectors();
  const [to, setTo] = useState<string[]>([]);
  const [note, setNote] = useState('');
  const body = { ...which, collector_ids: to.length === 0 ? null : to, dry_run: false };
  const preview = useQuery({
    queryKey: ['assigning', body],
    queryFn: () => ask({ ...body, dry_run: true }),
    gcTime: 0,
  });
  const assigning = useMutation({
    mutationFn: ask,
    onSuccess: ({ assigned, refused, more }) => {
      void client.invalidateQueries({ queryKey: ['cases'] });
      void client.invalidateQueries({ queryKey: ['queue'] });
      void client.invalidateQueries({ queryKey: ['collectors'] });
      told(`${assigned} assigned.`);
      onDone();
      if (refused.length === 0 && !more) onClose();
    },
  });
  const done = assigning.data;
  const shown = done ?? preview.data;
  const title =
    shown === undefined
      ? 'Assign cases'
      : which.case_ids
        ? `Assign ${shown.found} cases`
        : `Assign all ${shown.found} found`;
  return (
    <FormModal
      title={title}
      submit="Assign"
      back={done === undefined ? 'Cancel' : 'Close'}
      disabled={done !== undefined || !preview.data?.assigned}
      busy={assigning.isPending}
      error={assigning.error ?? preview.error}
      onClose={onClose}
      onSubmit={() => assigning.mutate({ ...body, note: note.trim() || null })}
    >
      <MultiSelect
        label="To"
        placeholder={to.length === 0 ? 'Whoever has room, in turn' : undefined}
        description="Named ones get them by turns, also those that another one has."
        clearable
        value={to}
        onChange={setTo}
        data={asChoice(collectors)}
      />
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {shown !== undefined && <Outcome of={shown} />}
    </FormModal>
  );
}

function Outcome({
  of: { dry_run, assigned, kept, refusals, shares, more },
}: {
  of: BulkAssignment;
}) {
  return (
    <Alert
      color={refusals.length > 0 ? 'orange' : 'teal'}
      variant="light"
      title={dry_run ? `${assigned} would be assigned` : `${assigned} were assigned`}
    >
      <List fz="sm">
        {shares.slice(0, 10).map(({ collector_id, name, cases }) => (
          <List.Item key={collector_id}>
            {cases} to {name}
          </List.Item>
        ))}
        {kept > 0 && <List.Item>{kept} stay with whom they are</List.Item>}
        {refusals.map(({ type, cases, detail }) => (
          <List.Item key={type}>
            {cases} not: {detail}
          </List.Item>
        ))}
      </List>
      {more && <Text fz="xs">There are more; assign again for the rest.</Text>}
    </Alert>
  );
}
