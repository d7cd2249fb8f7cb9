import { Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { Line } from '../../api/types';
import { FormModal } from '../../ui/FormModal';

interface Props {
  line: Line;
  onClose: () => void;
  onCancelled: () => void;
}

/** Asks before a line ends: there is no way back. */
export function CancelLine({ line, onClose, onCancelled }: Props) {
  const [note, setNote] = useState('');
  const cancelling = useMutation({
    mutationFn: () =>
      taken<Line>(
        api.POST('/api/v1/lines/{line_id}/cancel', {
          params: { path: { line_id: line.id }, header: { 'Idempotency-Key': newKey() } },
          body: { note: note.trim() || null },
        }),
      ),
    onSuccess: () => {
      onCancelled();
      onClose();
    },
  });
  return (
    <FormModal
      title={`Cancel line ${line.number}?`}
      submit="Cancel the line"
      back="Back"
      danger
      busy={cancelling.isPending}
      error={cancelling.error}
      onClose={onClose}
      onSubmit={() => cancelling.mutate()}
    >
      <Text fz="sm">{line.plan_name} ends for good. What is owed for it stays owed.</Text>
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
