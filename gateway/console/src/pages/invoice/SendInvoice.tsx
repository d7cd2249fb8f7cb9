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

/** Issues a draft and mails it, or mails an issued invoice once more. */
export function SendInvoice({ invoice, onClose, onDone }: Props) {
  const [dueOn, setDueOn] = useState(invoice.due_on ?? '');
  const draft = invoice.document === 'draft';
  const doing = useDoing({
    said: draft ? 'The invoice is issued and on its way.' : 'The invoice is on its way again.',
    onClose,
    onDone,
    send: (body: { due_on?: string }, key) =>
      taken(
        api.POST('/api/v1/invoices/{invoice_id}/send', {
          params: { path: { invoice_id: invoice.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={draft ? 'Issue and send' : `Send ${invoice.number ?? ''} again`}
      submit={draft ? 'Issue and send' : 'Send'}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate(draft && dueOn ? { due_on: dueOn } : {})}
    >
      <Text fz="sm">
        It goes to the customer&apos;s e-mail address, with the invoice as a PDF.
        {draft && ' An issued invoice gets its number and never changes any more.'}
      </Text>
      {draft && (
        <TextInput
          label="Due on"
          type="date"
          value={dueOn}
          onChange={(event) => setDueOn(event.currentTarget.value)}
          description="Empty takes the organization's terms"
        />
      )}
    </FormModal>
  );
}
