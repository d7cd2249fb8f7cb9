import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { InvoiceDetail } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  invoice: InvoiceDetail;
  onClose: () => void;
  onDone: () => void;
}

/** Asks before an invoice is annulled: there is no way back. */
export function VoidInvoice({ invoice, onClose, onDone }: Props) {
  const [reason, setReason] = useState('');
  const doing = useDoing({
    said: `${invoice.number ?? 'The invoice'} is void.`,
    onClose,
    onDone,
    send: (body: { reason: string }, key) =>
      taken(
        api.POST('/api/v1/invoices/{invoice_id}/void', {
          params: { path: { invoice_id: invoice.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={`Void ${invoice.number ?? 'the invoice'}?`}
      submit="Void the invoice"
      back="Back"
      danger
      disabled={!reason.trim()}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ reason: reason.trim() })}
    >
      <Text fz="sm">It keeps its number and is asked for no more, for good.</Text>
      <TextInput
        label="Reason"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
