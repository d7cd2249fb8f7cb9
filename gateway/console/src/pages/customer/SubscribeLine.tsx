import { Checkbox, Group, NumberInput, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { SubscriptionIn } from '../../api/money';
import type { Line } from '../../api/types';
import { useOrganization } from '../../session/organization';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText, numberGiven } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { usePlans } from '../plans/usePlans';

interface Props {
  customerId: string;
  lines: Line[];
  onClose: () => void;
  onDone: () => void;
}

/** Has a plan billed to a customer, for one of the lines or for none. */
export function SubscribeLine({ customerId, lines, onClose, onDone }: Props) {
  const currency = useOrganization()?.currency ?? '';
  const plans = usePlans().filter(({ active }) => active);
  const usable = lines.filter(({ status }) => status !== 'cancelled');
  const form = useForm({
    initialValues: {
      plan_id: null as string | null,
      line_id: usable[0]?.id ?? null,
      quantity: '1',
      price: '',
      starts_on: '',
      billing_day: '' as number | '',
      setup_fee: true,
    },
    validate: {
      plan_id: (value) => (value === null ? 'Which plan?' : null),
      quantity: numberGiven,
      price: (value) => (value.trim() ? amountGiven(value) : null),
    },
  });
  const doing = useDoing({
    said: 'The subscription is there.',
    onClose,
    onDone,
    send: (body: SubscriptionIn, key) =>
      taken(
        api.POST('/api/v1/subscriptions', { params: { header: { 'Idempotency-Key': key } }, body }),
      ),
  });
  const submit = (values: typeof form.values) =>
    doing.mutate({
      customer_id: customerId,
      plan_id: values.plan_id ?? '',
      line_id: values.line_id,
      quantity: decimalText(values.quantity),
      price: values.price.trim() ? { amount: decimalText(values.price), currency } : null,
      starts_on: values.starts_on || null,
      billing_day: values.billing_day === '' ? null : values.billing_day,
      setup_fee: values.setup_fee,
    });
  return (
    <FormModal
      title="Subscribe"
      submit="Subscribe"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <Select
        label="Plan"
        searchable
        data={plans.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('plan_id')}
      />
      <Group grow align="start">
        <Select
          label="Line"
          placeholder="No line"
          clearable
          data={usable.map(({ id, number, plan_name }) => ({
            value: id,
            label: `${number}, ${plan_name}`,
          }))}
          {...form.getInputProps('line_id')}
        />
        <TextInput label="Quantity" inputMode="decimal" {...form.getInputProps('quantity')} />
      </Group>
      <Group grow align="start">
        <TextInput label="Billed from" type="date" {...form.getInputProps('starts_on')} />
        <NumberInput
          label="Billing day"
          min={1}
          max={31}
          placeholder="As it starts"
          {...form.getInputProps('billing_day')}
        />
        <TextInput
          label={`Own price, ${currency}`}
          placeholder="The plan's"
          inputMode="decimal"
          {...form.getInputProps('price')}
        />
      </Group>
      <Checkbox
        size="xs"
        label="Charge the plan's set-up fee"
        {...form.getInputProps('setup_fee', { type: 'checkbox' })}
      />
    </FormModal>
  );
}
