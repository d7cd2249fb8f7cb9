import { Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { DeadLetter, ServiceName } from '../../api/types';
import { FormModal } from '../../ui/FormModal';

interface Props {
  service: ServiceName;
  letter: DeadLetter;
  onClose: () => void;
  onDiscarded: () => void;
}

/** Asks why before an event is given up for good. */
export function DiscardLetter({ service, letter, onClose, onDiscarded }: Props) {
  const [reason, setReason] = useState('');
  const discarding = useMutation({
    mutationFn: () =>
      taken<DeadLetter>(
        api.POST('/api/v1/admin/{service}/dead-letters/{id}/discard', {
          params: { path: { service, id: letter.id }, header: { 'Idempotency-Key': newKey() } },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      onDiscarded();
      onClose();
    },
  });
  return (
    <FormModal
      title="Discard this event?"
      submit="Discard"
      back="Back"
      danger
      disabled={!reason.trim()}
      busy={discarding.isPending}
      error={discarding.error}
      onClose={onClose}
      onSubmit={() => discarding.mutate()}
    >
      <Text fz="sm">
        {letter.type} will never take effect in {service}.
      </Text>
      <TextInput
        label="Why"
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
