import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';

import { api, asSeen, taken } from '../../api/client';
import type { CaseStatus, MoveIn } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { lookOf } from '../../ui/status';
import { useDoing } from '../../ui/useDoing';
import type { Asked } from './asked';
import { MAY_BECOME } from './moves';

/** Takes a case one allowed step further. */
export function MoveCase({ of: shown, onClose, onDone }: Asked) {
  const moves = MAY_BECOME[shown.status];
  const [to, setTo] = useState<CaseStatus>(moves[0] ?? 'closed');
  const [reason, setReason] = useState<'by_hand' | 'exhausted'>('by_hand');
  const [note, setNote] = useState('');
  const doing = useDoing({
    said: `The case is ${lookOf(to).label} now.`,
    onClose,
    onDone,
    send: (body: MoveIn, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/moves', {
          params: {
            path: { case_id: shown.id },
            header: { 'Idempotency-Key': key, ...asSeen(shown) },
          },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={`The case is ${lookOf(shown.status).label}`}
      submit="Move it"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() =>
        doing.mutate({
          to,
          note: note.trim() || null,
          ...(to === 'closed' && { reason }),
        })
      }
    >
      <Select
        label="To"
        allowDeselect={false}
        value={to}
        onChange={(value) => setTo(value ?? to)}
        data={moves.map((value) => ({ value, label: lookOf(value).label }))}
      />
      {to === 'closed' && (
        <Select
          label="Because"
          allowDeselect={false}
          value={reason}
          onChange={(value) => setReason(value ?? 'by_hand')}
          data={[
            { value: 'by_hand', label: 'it is ended by hand' },
            { value: 'exhausted', label: 'everything was tried' },
          ]}
        />
      )}
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
