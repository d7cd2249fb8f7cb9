import { Checkbox, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';

import { api, newKey, taken } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Line } from '../../api/types';
import { useOrganization } from '../../session/organization';
import { told } from '../../ui/notify';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';

interface Props {
  customerId: string;
  onClose: () => void;
  onAdded: () => void;
}

export function AddLine({ customerId, onClose, onAdded }: Props) {
  const currency = useOrganization()?.currency ?? '';
  const form = useForm({
    initialValues: { plan_name: '', price: '', installed_on: '', essential: false },
    validate: {
      plan_name: (value) => (value.trim() ? null : 'Which plan?'),
      price: amountGiven,
    },
  });
  const adding = useMutation({
    mutationFn: (values: typeof form.values) =>
      taken<Line>(
        api.POST('/api/v1/customers/{customer_id}/lines', {
          params: {
            path: { customer_id: customerId },
            header: { 'Idempotency-Key': newKey() },
          },
          body: {
            plan_name: values.plan_name.trim(),
            price: { amount: decimalText(values.price) },
            installed_on: values.installed_on || null,
            essential: values.essential,
          },
        }),
      ),
    onError: (error) => form.setErrors(asProblem(error).fields()),
    onSuccess: (line) => {
      told(`Line ${line.number} is added; activate it when it is installed.`);
      onAdded();
      onClose();
    },
  });
  return (
    <FormModal
      title="Add a line"
      submit="Add the line"
      busy={adding.isPending}
      error={adding.error}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => adding.mutate(values))}
    >
      <TextInput label="Plan" data-autofocus {...form.getInputProps('plan_name')} />
      <TextInput
        label={`Price, ${currency}`}
        inputMode="decimal"
        {...form.getInputProps('price')}
      />
      <TextInput label="Installed on" type="date" {...form.getInputProps('installed_on')} />
      <Checkbox
        size="xs"
        label="Essential: never cut for non-payment"
        {...form.getInputProps('essential', { type: 'checkbox' })}
      />
    </FormModal>
  );
}
