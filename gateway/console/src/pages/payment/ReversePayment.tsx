import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { Payment, ReverseIn } from '../../api/money';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  payment: Payment;
  onClose: () => void;
  onDone: () => void;
}

/** Says that a payment was none: a check without cover, an entry made twice. */
export function ReversePayment({ payment, onClose, onDone }: Props) {
  const format = useFormat();
  const [reason, setReason] = useState('');
  const doing = useDoing({
    said: 'The payment is reversed.',
    onClose,
    onDone,
    send: (body: ReverseIn, key) =>
      taken(
        api.POST('/api/v1/payments/{payment_id}/reverse', {
          params: { path: { payment_id: payment.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={`Reverse ${format.money(payment.amount)}?`}
      submit="Reverse the payment"
      danger
      disabled={!reason.trim()}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ reason: reason.trim() })}
    >
      <Text fz="sm">All of it goes; the invoices it paid are open again, due as they were.</Text>
      <TextInput
        label="Reason"
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormModal>
  );
}
