import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';
import { daysAfter, type Asked } from './asked';

/** Lets go of a case until a day; it comes back to the queue then. */
export function FinishCase({ of: shown, onClose, onDone }: Asked) {
  const navigate = useNavigate();
  const [day, setDay] = useState(daysAfter(shown.today, 1));
  const [note, setNote] = useState('');
  const doing = useDoing({
    said: 'Done for now.',
    onClose,
    onDone: () => {
      onDone();
      void navigate('/desk?view=queue');
    },
    send: (body: { next_action_on: string | null; note: string | null }, key) =>
      taken(
        api.POST('/api/v1/collections/queue/{case_id}/done', {
          params: { path: { case_id: shown.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="Done for now"
      submit="Back to the desk"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ next_action_on: day || null, note: note.trim() || null })}
    >
      <TextInput
        label="Next action on"
        type="date"
        min={shown.today}
        value={day}
        onChange={(event) => setDay(event.currentTarget.value)}
      />
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
      <Text fz="xs" c="dimmed">
        Until then the case does not come up as the next one.
      </Text>
    </FormModal>
  );
}
