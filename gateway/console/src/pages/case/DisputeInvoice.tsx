import { Select, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { DisputeIn } from '../../api/collections';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import type { Asked } from './asked';

/** What the customer says is not owed; it counts for nothing until it is decided. */
export function DisputeInvoice({ of: shown, onClose, onDone }: Asked) {
  const format = useFormat();
  const form = useForm({
    initialValues: { invoice_id: shown.debts[0]?.invoice_id ?? '', amount: '', reason: '' },
    validate: {
      amount: (amount) => (amount.trim() ? amountGiven(amount) : null),
      reason: (reason) => (reason.trim() ? null : 'Why?'),
    },
  });
  const doing = useDoing({
    said: 'The dispute is open.',
    onClose,
    onDone,
    send: (body: DisputeIn, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/disputes', {
          params: { path: { case_id: shown.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const debt = shown.debts.find(({ invoice_id }) => invoice_id === form.values.invoice_id);
  const currency = (debt?.open ?? shown.debt).currency;
  return (
    <FormModal
      title="A dispute"
      submit="Open the dispute"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ invoice_id, amount, reason }) =>
        doing.mutate({
          invoice_id,
          reason: reason.trim(),
          amount: amount.trim() ? { amount: decimalText(amount), currency } : null,
        }),
      )}
    >
      <Select
        label="Invoice"
        allowDeselect={false}
        data={shown.debts.map(({ invoice_id, number, open }) => ({
          value: invoice_id,
          label: `${number}: ${format.money(open)}`,
        }))}
        {...form.getInputProps('invoice_id')}
      />
      <TextInput
        label={`Amount, ${currency}`}
        placeholder="All that is open of it"
        inputMode="decimal"
        {...form.getInputProps('amount')}
      />
      <Textarea
        label="What the customer says"
        autosize
        minRows={2}
        data-autofocus
        {...form.getInputProps('reason')}
      />
    </FormModal>
  );
}
