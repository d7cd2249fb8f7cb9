import { Group, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { LateFeeRule, LateFeeRuleIn } from '../../api/money';
import { useOrganization } from '../../session/organization';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText, numberGiven } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';

/** A rule by which paying late costs something. */
export function NewLateFeeRule({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const currency = useOrganization()?.currency ?? '';
  const form = useForm({
    initialValues: {
      code: '',
      name: '',
      charge: 'flat' as LateFeeRule['charge'],
      amount: '',
      rate: '',
      cap: '',
      period: 'once' as LateFeeRule['period'],
      tax_rate: '0',
      due_days: 0,
    },
    validate: {
      code: (value) =>
        /^[a-z0-9][a-z0-9_-]{0,49}$/.test(value.trim()) ? null : 'Small letters, like standard',
      name: (value) => (value.trim() ? null : 'What is it called on the invoice?'),
      amount: (value, { charge }) => (charge === 'flat' ? amountGiven(value) : null),
      rate: (value, { charge }) => (charge === 'percent' ? numberGiven(value) : null),
      cap: (value) => (value.trim() ? amountGiven(value) : null),
      tax_rate: numberGiven,
    },
  });
  const doing = useDoing({
    said: 'The rule is there.',
    onClose,
    onDone,
    send: (body: LateFeeRuleIn, key) =>
      taken(
        api.POST('/api/v1/late-fee-rules', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const money = (amount: string) =>
    amount.trim() ? { amount: decimalText(amount), currency } : null;
  const { charge } = form.values;
  const submit = (values: typeof form.values) =>
    doing.mutate({
      code: values.code.trim(),
      name: values.name.trim(),
      charge,
      period: values.period,
      tax_rate: decimalText(values.tax_rate),
      due_days: values.due_days,
      ...(charge === 'flat'
        ? { amount: money(values.amount) }
        : { rate: decimalText(values.rate), cap: money(values.cap) }),
    });
  return (
    <FormModal
      title="New late fee"
      submit="Write the rule"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <Group grow align="start">
        <TextInput label="Code" data-autofocus {...form.getInputProps('code')} />
        <TextInput label="Name" {...form.getInputProps('name')} />
      </Group>
      <SegmentedControl
        data={[
          { value: 'flat', label: 'A fixed amount' },
          { value: 'percent', label: 'Per cent of what is open' },
        ]}
        {...form.getInputProps('charge')}
      />
      <Group grow align="start">
        {charge === 'flat' ? (
          <TextInput label={`Amount, ${currency}`} {...form.getInputProps('amount')} />
        ) : (
          <>
            <TextInput label="Per cent" {...form.getInputProps('rate')} />
            <TextInput label={`At most, ${currency}`} {...form.getInputProps('cap')} />
          </>
        )}
        <TextInput label="Tax, %" {...form.getInputProps('tax_rate')} />
      </Group>
      <Group grow align="start">
        <Select
          label="How often for an invoice"
          allowDeselect={false}
          data={['once', 'monthly']}
          {...form.getInputProps('period')}
        />
        <NumberInput
          label="Days until the fee is due"
          min={0}
          max={365}
          {...form.getInputProps('due_days')}
        />
      </Group>
    </FormModal>
  );
}
