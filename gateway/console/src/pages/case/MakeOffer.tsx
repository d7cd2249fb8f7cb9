import { Group, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { OfferIn } from '../../api/collections';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { daysAfter, type Asked } from './asked';

/** An offer to take less than all, by a day, for all of it. */
export function MakeOffer({ of: shown, onClose, onDone }: Asked) {
  const format = useFormat();
  const { currency } = shown.debt;
  const form = useForm({
    initialValues: { amount: '', offered_until: daysAfter(shown.today, 7), note: '' },
    validate: { amount: amountGiven, offered_until: (day) => (day ? null : 'Until when?') },
  });
  const doing = useDoing({
    said: 'The offer is made.',
    onClose,
    onDone,
    send: (body: OfferIn, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/offers', {
          params: { path: { case_id: shown.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="A settlement offer"
      submit="Make the offer"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ amount, offered_until, note }) =>
        doing.mutate({
          amount: { amount: decimalText(amount), currency },
          offered_until,
          note: note.trim() || null,
        }),
      )}
    >
      <Text fz="sm">
        {format.money(shown.debt)} is overdue. When the amount comes in time, the rest is proposed
        to be written off.
      </Text>
      <Group grow align="start">
        <TextInput
          label={`We take, ${currency}`}
          inputMode="decimal"
          data-autofocus
          {...form.getInputProps('amount')}
        />
        <TextInput
          label="Until"
          type="date"
          min={shown.today}
          {...form.getInputProps('offered_until')}
        />
      </Group>
      <TextInput label="Note" {...form.getInputProps('note')} />
    </FormModal>
  );
}
