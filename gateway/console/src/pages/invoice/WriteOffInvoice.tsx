import { Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { InvoiceDetail } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';

interface Props {
  invoice: InvoiceDetail;
  onClose: () => void;
  onDone: () => void;
}

/** Gives up what is open of an invoice, or a part of it. */
export function WriteOffInvoice({ invoice, onClose, onDone }: Props) {
  const { currency } = invoice.open;
  const form = useForm({
    initialValues: { amount: invoice.open.amount, reason: '' },
    validate: {
      amount: amountGiven,
      reason: (value) => (value.trim() ? null : 'Why?'),
    },
  });
  const doing = useDoing({
    said: 'It is written off.',
    onClose,
    onDone,
    send: (body: { amount: { amount: string; currency: string }; reason: string }, key) =>
      taken(
        api.POST('/api/v1/invoices/{invoice_id}/write-offs', {
          params: { path: { invoice_id: invoice.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={`Write off ${invoice.number ?? ''}`}
      submit="Write off"
      danger
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ amount, reason }) =>
        doing.mutate({ amount: { amount: decimalText(amount), currency }, reason: reason.trim() }),
      )}
    >
      <Text fz="sm">Money that comes later is taken all the same, as a recovery.</Text>
      <TextInput label={`Amount, ${currency}`} {...form.getInputProps('amount')} />
      <TextInput label="Reason" data-autofocus {...form.getInputProps('reason')} />
    </FormModal>
  );
}
