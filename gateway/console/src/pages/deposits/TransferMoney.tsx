import { Group, Select, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { TransferIn } from '../../api/money';
import { useClock, useOrganization } from '../../session/organization';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { useDepositAccounts } from './useDepositAccounts';

interface Props {
  /** The account that is looked at. */
  from?: string;
  onClose: () => void;
  onDone: () => void;
}

/** Moves money between two accounts, in from before all this, or out for good. */
export function TransferMoney({ from, onClose, onDone }: Props) {
  const format = useFormat();
  const accounts = useDepositAccounts().filter(({ active }) => active);
  const today = useClock()?.today;
  const own = useOrganization()?.currency ?? '';
  const form = useForm({
    initialValues: {
      from: from ?? null,
      to: null as string | null,
      amount: '',
      description: '',
      booked_on: '',
    },
    validate: {
      amount: amountGiven,
      description: (value) => (value.trim() ? null : 'What is it?'),
      to: (value, values) => (value === values.from ? 'Two different accounts, or one side' : null),
    },
  });
  const { from: source, to: target } = form.values;
  const known = accounts.find(({ id }) => id === (source ?? target));
  const currency = known?.currency ?? own;
  const doing = useDoing({
    said: 'The money is moved.',
    onClose,
    onDone,
    send: (body: TransferIn, key) =>
      taken(
        api.POST('/api/v1/deposit-accounts/transfers', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const data = accounts.map(({ id, name, balance }) => ({
    value: id,
    label: `${name}, ${format.money(balance)}`,
  }));
  return (
    <FormModal
      title="Transfer"
      submit="Move the money"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit((values) =>
        doing.mutate({
          from_account_id: values.from,
          to_account_id: values.to,
          amount: { amount: decimalText(values.amount), currency },
          description: values.description.trim(),
          booked_on: values.booked_on || null,
        }),
      )}
    >
      <Group grow align="start">
        <Select
          label="From"
          placeholder="It was there before"
          clearable
          data={data}
          {...form.getInputProps('from')}
        />
        <Select
          label="To"
          placeholder="It leaves for good"
          clearable
          data={data}
          {...form.getInputProps('to')}
        />
      </Group>
      <Group grow align="start">
        <TextInput
          label={`Amount, ${currency}`}
          inputMode="decimal"
          {...form.getInputProps('amount')}
        />
        <TextInput label="Day" type="date" max={today} {...form.getInputProps('booked_on')} />
      </Group>
      <TextInput label="Description" {...form.getInputProps('description')} />
      <Text fz="xs" c="dimmed">
        Without the one side it is an opening balance, without the other money that left.
      </Text>
    </FormModal>
  );
}
