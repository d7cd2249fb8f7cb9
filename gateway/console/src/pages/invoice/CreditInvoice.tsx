import { NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { CreditNoteIn, CreditSettlement, InvoiceDetail } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';

type By = 'full' | 'items' | 'amount';

const SETTLEMENTS: { value: CreditSettlement; label: string }[] = [
  { value: 'credit', label: 'Keep it as account credit' },
  { value: 'offset', label: 'Put it to other open invoices' },
  { value: 'refund', label: 'Give it back' },
];

interface Props {
  invoice: InvoiceDetail;
  onClose: () => void;
  onDone: () => void;
}

/** A credit note: for all of an invoice, for some of its items, or for an amount. */
export function CreditInvoice({ invoice, onClose, onDone }: Props) {
  const { currency } = invoice.total;
  const form = useForm({
    initialValues: {
      by: 'full' as By,
      amount: '',
      quantities: Object.fromEntries(invoice.items.map((item) => [String(item.position), 0])),
      settlement: 'credit' as CreditSettlement,
      reason: '',
    },
    validate: {
      amount: (value, { by }) => (by === 'amount' ? amountGiven(value) : null),
      reason: (value) => (value.trim() ? null : 'Why?'),
    },
  });
  const doing = useDoing({
    said: 'The credit note is issued.',
    onClose,
    onDone,
    send: (body: CreditNoteIn, key) =>
      taken(
        api.POST('/api/v1/invoices/{invoice_id}/credit-notes', {
          params: { path: { invoice_id: invoice.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const { by, quantities } = form.values;
  const chosen = Object.entries(quantities).filter(([, quantity]) => quantity > 0);
  const submit = (values: typeof form.values) =>
    doing.mutate({
      settlement: values.settlement,
      reason: values.reason.trim(),
      ...(by === 'amount' && { amount: { amount: decimalText(values.amount), currency } }),
      ...(by === 'items' && {
        items: chosen.map(([position, quantity]) => ({
          position: Number(position),
          quantity: String(quantity),
        })),
      }),
    });
  return (
    <FormModal
      title={`Credit note for ${invoice.number ?? ''}`}
      submit="Issue the credit note"
      disabled={by === 'items' && chosen.length === 0}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <SegmentedControl
        data={[
          { value: 'full', label: 'All of it' },
          { value: 'items', label: 'Items' },
          { value: 'amount', label: 'An amount' },
        ]}
        {...form.getInputProps('by')}
      />
      {by === 'amount' && (
        <TextInput
          label={`Amount with tax, ${currency}`}
          inputMode="decimal"
          {...form.getInputProps('amount')}
        />
      )}
      {by === 'items' && (
        <Stack gap={6}>
          {invoice.items.map((item) => (
            <NumberInput
              key={item.position}
              label={`${item.description} (${item.quantity} charged)`}
              min={0}
              max={Number(item.quantity)}
              {...form.getInputProps(`quantities.${item.position}`)}
            />
          ))}
        </Stack>
      )}
      <Select
        label="What becomes of money that was paid for it"
        allowDeselect={false}
        data={SETTLEMENTS}
        {...form.getInputProps('settlement')}
      />
      <TextInput label="Reason" data-autofocus {...form.getInputProps('reason')} />
      <Text fz="xs" c="dimmed">
        The invoice itself stays as it was issued.
      </Text>
    </FormModal>
  );
}
