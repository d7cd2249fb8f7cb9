import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';
import { asChoice, useCollectors } from '../collectors/useCollectors';
import type { Asked } from './asked';

/** Gives the case to a collector. */
export function AssignCase({ of: shown, onClose, onDone }: Asked) {
  const collectors = useCollectors();
  const [to, setTo] = useState(shown.collector_id);
  const [note, setNote] = useState('');
  const doing = useDoing({
    said: 'The case is assigned.',
    onClose,
    onDone,
    send: (body: { collector_id: string; note: string | null }, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/assign', {
          params: { path: { case_id: shown.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="Who is to have the case"
      submit="Assign"
      disabled={to === null || to === shown.collector_id}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => to !== null && doing.mutate({ collector_id: to, note: note.trim() || null })}
    >
      <Select
        label="Collector"
        allowDeselect={false}
        value={to}
        onChange={setTo}
        data={asChoice(collectors)}
        nothingFoundMessage="There is no collector yet"
      />
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
    </FormModal>
  );
}
