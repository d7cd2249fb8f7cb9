import { Checkbox, Group, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { Interval, Plan, PlanIn, SuspendedRule, Timing, UnusedRule } from '../../api/money';
import { asProblem } from '../../api/problem';
import { useOrganization } from '../../session/organization';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText, numberGiven } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';

const RULES: { value: SuspendedRule; label: string }[] = [
  { value: 'bill', label: 'Bill all the same' },
  { value: 'prorate', label: 'Bill the days in service' },
  { value: 'skip', label: 'Do not bill' },
];
const UNUSED: { value: UnusedRule; label: string }[] = [
  { value: 'credit', label: 'Credit what was not used' },
  { value: 'keep', label: 'Keep what is begun' },
];

interface Props {
  onClose: () => void;
  onCreated: (plan: Plan) => void;
}

/** A new plan with its first price. */
export function NewPlan({ onClose, onCreated }: Props) {
  const currency = useOrganization()?.currency ?? '';
  const form = useForm({
    initialValues: {
      code: '',
      name: '',
      price: '',
      setup_fee: '',
      tax_rate: '0',
      price_includes_tax: false,
      interval: 'monthly' as Interval,
      timing: 'prepaid' as Timing,
      suspended_rule: 'bill' as SuspendedRule,
      unused_rule: 'credit' as UnusedRule,
      price_from: '',
    },
    validate: {
      code: (value) => (value.trim() ? null : 'A short code, like FIBRA-100'),
      name: (value) => (value.trim() ? null : 'What is it called?'),
      price: amountGiven,
      setup_fee: (value) => (value.trim() ? amountGiven(value) : null),
      tax_rate: numberGiven,
    },
  });
  const doing = useDoing({
    said: 'The plan is there.',
    onClose,
    onDone: () => undefined,
    send: async (body: PlanIn, key) =>
      onCreated(
        await taken<Plan>(
          api.POST('/api/v1/plans', { params: { header: { 'Idempotency-Key': key } }, body }),
        ),
      ),
  });
  const submit = (values: typeof form.values) =>
    doing.mutate(
      {
        code: values.code.trim(),
        name: values.name.trim(),
        price: { amount: decimalText(values.price), currency },
        setup_fee: values.setup_fee.trim()
          ? { amount: decimalText(values.setup_fee), currency }
          : null,
        tax_rate: decimalText(values.tax_rate),
        price_includes_tax: values.price_includes_tax,
        interval: values.interval,
        timing: values.timing,
        suspended_rule: values.suspended_rule,
        unused_rule: values.unused_rule,
        price_from: values.price_from || null,
        active: true,
      },
      { onError: (error) => form.setErrors(asProblem(error).fields()) },
    );
  return (
    <FormModal
      title="New plan"
      submit="Create the plan"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <Group grow align="start">
        <TextInput label="Code" data-autofocus {...form.getInputProps('code')} />
        <TextInput label="Name" {...form.getInputProps('name')} />
      </Group>
      <Group grow align="start">
        <TextInput
          label={`Price, ${currency}`}
          inputMode="decimal"
          {...form.getInputProps('price')}
        />
        <TextInput label="Tax, %" inputMode="decimal" {...form.getInputProps('tax_rate')} />
        <TextInput
          label={`Set-up fee, ${currency}`}
          inputMode="decimal"
          {...form.getInputProps('setup_fee')}
        />
      </Group>
      <Checkbox
        size="xs"
        label="The price includes the tax"
        {...form.getInputProps('price_includes_tax', { type: 'checkbox' })}
      />
      <Group grow align="start">
        <Select
          label="Billed"
          allowDeselect={false}
          data={['monthly', 'quarterly', 'yearly']}
          {...form.getInputProps('interval')}
        />
        <Select
          label="When"
          allowDeselect={false}
          data={[
            { value: 'prepaid', label: 'before the period' },
            { value: 'arrears', label: 'after the period' },
          ]}
          {...form.getInputProps('timing')}
        />
      </Group>
      <Select
        label="While the line is suspended"
        allowDeselect={false}
        data={RULES}
        {...form.getInputProps('suspended_rule')}
      />
      <Select
        label="Days paid ahead when it is cancelled"
        allowDeselect={false}
        data={UNUSED}
        {...form.getInputProps('unused_rule')}
      />
      <TextInput
        label="Price from"
        type="date"
        description="Empty is today; earlier lets past periods be billed"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...form.getInputProps('price_from')}
      />
    </FormModal>
  );
}
