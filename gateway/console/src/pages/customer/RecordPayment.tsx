import { Alert, Button, Checkbox, Group, Select, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';

import { api, newKey, taken } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Invoice, Money, Payment, PaymentIn, PaymentMethod } from '../../api/types';
import { useClock, useOrganization } from '../../session/organization';
import { useFormat } from '../../ui/format';
import { told } from '../../ui/notify';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';

const METHODS: PaymentMethod[] = ['cash', 'card', 'bank_transfer', 'check', 'wallet', 'other'];
const OLDEST = 'oldest';

interface Props {
  customerId: string;
  invoices: Invoice[];
  /** The invoice whose button was pressed; null pays the oldest first. */
  chosen: Invoice | null;
  onClose: () => void;
  onRecorded: () => void;
}

export function RecordPayment({ customerId, invoices, chosen, onClose, onRecorded }: Props) {
  const format = useFormat();
  const today = useClock()?.today;
  const currency = useOrganization()?.currency ?? '';
  const first = chosen ?? invoices[0];
  const form = useForm({
    initialValues: {
      target: chosen?.id ?? OLDEST,
      amount: first?.open.amount ?? '',
      method: 'cash' as PaymentMethod,
      reference: '',
      received_on: '',
      keepSurplus: false,
    },
    validate: {
      amount: amountGiven,
    },
  });
  const target = invoices.find((invoice) => invoice.id === form.values.target);
  // One key per intent: it changes when what is to be recorded does, or was refused.
  const key = useRef({ of: '', key: newKey() });
  const recording = useMutation({
    mutationFn: (body: PaymentIn) => {
      const of = JSON.stringify(body);
      if (key.current.of !== of) key.current = { of, key: newKey() };
      return taken<Payment>(
        api.POST('/api/v1/payments', {
          params: { header: { 'Idempotency-Key': key.current.key } },
          body,
        }),
      );
    },
    onSuccess: (payment) => {
      told(`${format.money(payment.amount)} is recorded.`);
      onRecorded();
      onClose();
    },
    onError: (error) => {
      const { received_on } = asProblem(error).fields();
      if (received_on) form.setFieldError('received_on', received_on);
    },
  });
  const submit = (values: typeof form.values) =>
    recording.mutate({
      ...(target ? { invoice_id: target.id } : { customer_id: customerId }),
      amount: {
        amount: decimalText(values.amount),
        currency: target?.open.currency ?? first?.open.currency ?? currency,
      },
      method: values.method,
      reference: values.reference.trim() || null,
      received_on: values.received_on || null,
      surplus: values.keepSurplus ? 'credit' : 'refuse',
    });
  return (
    <FormModal
      title="Record a payment"
      submit="Record the payment"
      busy={recording.isPending}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <Select
        label="For"
        allowDeselect={false}
        {...form.getInputProps('target')}
        onChange={(value: string | null) => {
          const invoice = invoices.find(({ id }) => id === value) ?? invoices[0];
          form.setValues({ target: value ?? OLDEST, amount: invoice?.open.amount ?? '' });
        }}
        data={[
          { value: OLDEST, label: 'Whatever is due first' },
          ...invoices.map((invoice) => ({
            value: invoice.id,
            label: `${invoice.number ?? ''} · due ${format.date(invoice.due_on)} · ${format.money(invoice.open)}`,
          })),
        ]}
      />
      <Group grow align="start">
        <TextInput
          label={`Amount, ${target?.open.currency ?? currency}`}
          inputMode="decimal"
          data-autofocus
          styles={{ input: { textAlign: 'right' } }}
          {...form.getInputProps('amount')}
        />
        <Select
          label="Method"
          allowDeselect={false}
          data={METHODS.map((value) => ({ value, label: words(value) }))}
          {...form.getInputProps('method')}
        />
      </Group>
      <Group grow align="start">
        <TextInput label="Reference" {...form.getInputProps('reference')} />
        <TextInput
          label="Received on"
          type="date"
          max={today}
          description="Empty is today"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.getInputProps('received_on')}
        />
      </Group>
      <Checkbox
        size="xs"
        label="Keep what is too much as account credit"
        {...form.getInputProps('keepSurplus', { type: 'checkbox' })}
      />
      <Refusal error={recording.error} onTake={(open) => form.setFieldValue('amount', open)} />
    </FormModal>
  );
}

/** Why the payment was not taken; an overpayment comes with the amount that would be. */
function Refusal({ error, onTake }: { error: unknown; onTake: (amount: string) => void }) {
  const format = useFormat();
  if (error === null) return null;
  const { slug, members } = asProblem(error);
  if (slug !== 'overpayment') return <ProblemAlert error={error} />;
  const open = members.open as Money;
  return (
    <Alert color="orange" variant="light" role="alert" title="That is more than is open">
      <Text fz="sm">
        {format.money(open)} is open. Take that, or keep the rest as account credit.
      </Text>
      <Button mt="xs" variant="default" onClick={() => onTake(open.amount)}>
        Take {format.money(open)}
      </Button>
    </Alert>
  );
}
