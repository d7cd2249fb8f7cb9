import { SegmentedControl, Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { api, asSeen, taken } from '../../api/client';
import type { Dispute } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

type Outcome = 'upheld' | 'rejected';

interface Props {
  of: Dispute;
  onClose: () => void;
  onDone: () => void;
}

/** Decides a dispute: the customer is right, or is not. */
export function ResolveDispute({ of: dispute, onClose, onDone }: Props) {
  const [outcome, setOutcome] = useState<Outcome>('rejected');
  const [note, setNote] = useState('');
  const doing = useDoing({
    said: 'The dispute is decided.',
    onClose,
    onDone,
    send: (body: { outcome: Outcome; note: string | null }, key) =>
      taken(
        api.POST('/api/v1/collections/disputes/{dispute_id}/resolve', {
          params: {
            path: { dispute_id: dispute.id },
            header: { 'Idempotency-Key': key, ...asSeen(dispute) },
          },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="Decide the dispute"
      submit="Decide"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ outcome, note: note.trim() || null })}
    >
      <Text fz="sm">{dispute.reason}</Text>
      <SegmentedControl<Outcome>
        aria-label="Outcome"
        value={outcome}
        onChange={setOutcome}
        data={[
          { value: 'upheld', label: 'The customer is right' },
          { value: 'rejected', label: 'The amount is owed' },
        ]}
      />
      {outcome === 'upheld' && (
        <Text fz="xs" c="dimmed">
          Issue a credit note for it; until then the amount counts for nothing.
        </Text>
      )}
      <TextInput
        label="Why"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
