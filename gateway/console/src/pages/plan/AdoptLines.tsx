import { Checkbox, NumberInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { Adoption, AdoptionIn, Plan } from '../../api/money';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  plan: Plan;
  onClose: () => void;
  onDone: () => void;
}

/** Subscribes the lines that are sold under the plan's name and have no subscription yet. */
export function AdoptLines({ plan, onClose, onDone }: Props) {
  const format = useFormat();
  const [made, setMade] = useState<Adoption | null>(null);
  const form = useForm({
    initialValues: { starts_on: '', billing_day: '' as number | '', keep_prices: false },
  });
  const doing = useDoing({
    said: 'The lines are adopted.',
    onClose: () => undefined,
    onDone,
    send: async (body: AdoptionIn, key) =>
      setMade(
        await taken<Adoption>(
          api.POST('/api/v1/plans/{plan_id}/adopt', {
            params: { path: { plan_id: plan.id }, header: { 'Idempotency-Key': key } },
            body,
          }),
        ),
      ),
  });
  const adopt = (values: typeof form.values) =>
    doing.mutate({
      starts_on: values.starts_on || null,
      billing_day: values.billing_day === '' ? null : values.billing_day,
      keep_prices: values.keep_prices,
    });
  return (
    <FormModal
      title={`Adopt the lines of ${plan.name}`}
      submit={made === null ? 'Adopt' : made.left > 0 ? 'Adopt more' : 'Close'}
      back={made === null ? 'Cancel' : 'Close'}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={made !== null && made.left === 0 ? onClose : form.onSubmit(adopt)}
    >
      {made === null ? (
        <>
          <Text fz="sm">
            Every line whose plan is called “{plan.name}” and that has no subscription yet is
            subscribed.
          </Text>
          <TextInput
            label="Billed from"
            type="date"
            description="Empty is today"
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            {...form.getInputProps('starts_on')}
          />
          <NumberInput
            label="Day of the month it is billed on"
            description="Empty is the day it starts on"
            min={1}
            max={31}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            {...form.getInputProps('billing_day')}
          />
          <Checkbox
            size="xs"
            label="Each line keeps its own price"
            {...form.getInputProps('keep_prices', { type: 'checkbox' })}
          />
        </>
      ) : (
        <Text fz="sm" role="status">
          {format.number(made.subscribed)} {made.subscribed === 1 ? 'line is' : 'lines are'}{' '}
          subscribed
          {made.left > 0 ? `; ${format.number(made.left)} more can be.` : '; none is left.'}
        </Text>
      )}
    </FormModal>
  );
}
