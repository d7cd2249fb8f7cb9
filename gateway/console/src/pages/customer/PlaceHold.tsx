import { Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { HoldReason, Line } from '../../api/types';
import { lookOf } from '../../ui/status';
import { FormModal } from '../../ui/FormModal';

/** Those a person places; non-payment is collections' own. */
const REASONS: HoldReason[] = ['voluntary', 'fraud', 'admin'];

interface Props {
  line: Line;
  onClose: () => void;
  onPlaced: () => void;
}

export function PlaceHold({ line, onClose, onPlaced }: Props) {
  const [reason, setReason] = useState<HoldReason>('voluntary');
  const [note, setNote] = useState('');
  const placing = useMutation({
    mutationFn: () =>
      taken(
        api.POST('/api/v1/lines/{line_id}/holds', {
          params: { path: { line_id: line.id }, header: { 'Idempotency-Key': newKey() } },
          body: { reason, note: note.trim() || null },
        }),
      ),
    onSuccess: () => {
      onPlaced();
      onClose();
    },
  });
  return (
    <FormModal
      title={`Hold line ${line.number}`}
      submit="Place the hold"
      back="Back"
      busy={placing.isPending}
      error={placing.error}
      onClose={onClose}
      onSubmit={() => placing.mutate()}
    >
      <Select
        label="Reason"
        allowDeselect={false}
        value={reason}
        onChange={(value) => setReason(value ?? 'voluntary')}
        data={REASONS.map((value) => ({ value, label: lookOf(value).label }))}
      />
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
