import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { api, asSeen, taken } from '../../api/client';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

/** An agreement that is to end before its day. */
export interface Ended {
  what: 'promises' | 'plans' | 'offers';
  id: string;
  version: number;
  status: string;
}

interface Props {
  of: Ended;
  onClose: () => void;
  onDone: () => void;
}

/** Ends a promise, a plan or an offer; the policy goes on from there. */
export function EndAgreement({ of: ended, onClose, onDone }: Props) {
  const [note, setNote] = useState('');
  const doing = useDoing({
    said: 'It is cancelled.',
    onClose,
    onDone,
    send: async (body: { note: string | null }, key) => {
      const header = { 'Idempotency-Key': key, ...asSeen(ended) };
      if (ended.what === 'promises') {
        const params = { path: { promise_id: ended.id }, header };
        await taken(api.POST('/api/v1/collections/promises/{promise_id}/cancel', { params, body }));
      } else if (ended.what === 'plans') {
        const params = { path: { plan_id: ended.id }, header };
        await taken(api.POST('/api/v1/collections/plans/{plan_id}/cancel', { params, body }));
      } else {
        const params = { path: { offer_id: ended.id }, header };
        await taken(api.POST('/api/v1/collections/offers/{offer_id}/cancel', { params, body }));
      }
    },
  });
  return (
    <FormModal
      title="Cancel the agreement"
      submit="Cancel it"
      back="Keep it"
      danger
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ note: note.trim() || null })}
    >
      <Text fz="sm">What was paused for it goes on at once.</Text>
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
