import { Group, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, asSeen, taken } from '../../api/client';
import type { Subscription, TermsChange } from '../../api/money';
import { useOrganization } from '../../session/organization';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText, numberGiven } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { usePlans } from '../plans/usePlans';

interface Props {
  subscription: Subscription;
  onClose: () => void;
  onDone: () => void;
}

/** Other terms from a day on: another plan, quantity or price of its own. */
export function ChangeSubscription({ subscription, onClose, onDone }: Props) {
  const currency = useOrganization()?.currency ?? '';
  const plans = usePlans().filter(({ active, id }) => active || id === subscription.plan_id);
  const form = useForm({
    initialValues: {
      plan_id: subscription.plan_id,
      quantity: subscription.quantity,
      price: subscription.price?.amount ?? '',
      on: '',
      reason: '',
    },
    validate: {
      quantity: numberGiven,
      price: (value) => (value.trim() ? amountGiven(value) : null),
    },
  });
  const doing = useDoing({
    said: 'The subscription is changed.',
    onClose,
    onDone,
    send: (body: TermsChange, key) =>
      taken(
        api.POST('/api/v1/subscriptions/{subscription_id}/change', {
          params: {
            path: { subscription_id: subscription.id },
            header: { 'Idempotency-Key': key, ...asSeen(subscription) },
          },
          body,
        }),
      ),
  });
  // What is left out stays as it is; a price that is emptied is given back to the plan.
  const submit = (values: typeof form.values) => {
    const quantity = decimalText(values.quantity);
    const price = values.price.trim() ? decimalText(values.price) : null;
    doing.mutate({
      on: values.on || null,
      reason: values.reason.trim() || null,
      ...(values.plan_id !== subscription.plan_id && { plan_id: values.plan_id }),
      ...(quantity !== subscription.quantity && { quantity }),
      ...(price !== (subscription.price?.amount ?? null) && {
        price: price === null ? null : { amount: price, currency },
      }),
    });
  };
  return (
    <FormModal
      title={`Change the subscription to ${subscription.plan_name ?? ''}`}
      submit="Change it"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <Select
        label="Plan"
        allowDeselect={false}
        data={plans.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('plan_id')}
      />
      <Group grow align="start">
        <TextInput label="Quantity" inputMode="decimal" {...form.getInputProps('quantity')} />
        <TextInput
          label={`Own price, ${currency}`}
          placeholder="The plan's"
          inputMode="decimal"
          {...form.getInputProps('price')}
        />
        <TextInput label="From" type="date" {...form.getInputProps('on')} />
      </Group>
      <TextInput label="Reason" data-autofocus {...form.getInputProps('reason')} />
    </FormModal>
  );
}
