import { Checkbox, Group, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { PromiseIn } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { daysAfter, type Asked } from './asked';

/** A promise to pay: nothing more happens to the customer until its day. */
export function MakePromise({ of: shown, onClose, onDone }: Asked) {
  const { currency } = shown.debt;
  const form = useForm({
    initialValues: {
      amount: shown.debt.amount,
      promised_for: daysAfter(shown.today, 7),
      reconnect: false,
      note: '',
    },
    validate: {
      amount: amountGiven,
      promised_for: (day) => (day ? null : 'By when?'),
    },
  });
  const doing = useDoing({
    said: 'The promise is kept in mind.',
    onClose,
    onDone,
    send: (body: PromiseIn, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/promises', {
          params: { path: { case_id: shown.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="A promise to pay"
      submit="Take the promise"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ amount, promised_for, reconnect, note }) =>
        doing.mutate({
          amount: { amount: decimalText(amount), currency },
          promised_for,
          reconnect,
          note: note.trim() || null,
        }),
      )}
    >
      <Group grow align="start">
        <TextInput
          label={`Amount, ${currency}`}
          inputMode="decimal"
          data-autofocus
          {...form.getInputProps('amount')}
        />
        <TextInput
          label="By"
          type="date"
          min={shown.today}
          {...form.getInputProps('promised_for')}
        />
      </Group>
      <Checkbox
        size="xs"
        label="Switch lines back on meanwhile that were cut off"
        {...form.getInputProps('reconnect', { type: 'checkbox' })}
      />
      <TextInput label="Note" {...form.getInputProps('note')} />
    </FormModal>
  );
}
