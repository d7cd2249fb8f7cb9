import { MultiSelect, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { Payment, RefundIn } from '../../api/money';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { standing } from './standing';

interface Props {
  payment: Payment;
  onClose: () => void;
  onDone: () => void;
}

/** Gives money of a payment back: account credit first, then what is against invoices. */
export function RefundPayment({ payment, onClose, onDone }: Props) {
  const format = useFormat();
  const { currency } = payment.amount;
  const invoices = new Map(standing(payment).map((each) => [each.invoice_id, each.number]));
  const form = useForm({
    initialValues: { amount: '', reason: '', from_invoices: [] as string[] },
    validate: {
      amount: (value) => (value.trim() ? amountGiven(value) : null),
      reason: (value) => (value.trim() ? null : 'Why?'),
    },
  });
  const doing = useDoing({
    said:
      payment.provider === null
        ? 'The refund is recorded.'
        : 'The card processor is asked to give it back.',
    onClose,
    onDone,
    send: (body: RefundIn, key) =>
      taken(
        api.POST('/api/v1/payments/{payment_id}/refunds', {
          params: { path: { payment_id: payment.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={`Refund of ${format.money(payment.amount)}`}
      submit="Refund"
      danger
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ amount, reason, from_invoices }) =>
        doing.mutate({
          amount: amount.trim() ? { amount: decimalText(amount), currency } : null,
          reason: reason.trim(),
          from_invoices,
        }),
      )}
    >
      <TextInput
        label={`Amount, ${currency}`}
        placeholder="All that is left"
        inputMode="decimal"
        {...form.getInputProps('amount')}
      />
      {invoices.size > 0 && (
        <MultiSelect
          label="Invoices that open again first"
          size="xs"
          data={[...invoices].map(([value, number]) => ({ value, label: number ?? 'an invoice' }))}
          {...form.getInputProps('from_invoices')}
        />
      )}
      <TextInput label="Reason" data-autofocus {...form.getInputProps('reason')} />
      <Text fz="xs" c="dimmed">
        Account credit goes first, then what is against invoices, the latest first. An invoice that
        opens again keeps its due date.
      </Text>
    </FormModal>
  );
}
