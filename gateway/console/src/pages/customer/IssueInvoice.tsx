import { Checkbox, Group, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';

import { api, newKey, taken } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Invoice, Line } from '../../api/types';
import { useClock, useOrganization } from '../../session/organization';
import { told } from '../../ui/notify';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText, numberGiven } from '../../ui/given';

interface Props {
  customerId: string;
  lines: Line[];
  onClose: () => void;
  onIssued: () => void;
}

/** One item, issued at once: what a clerk charges by hand. */
export function IssueInvoice({ customerId, lines, onClose, onIssued }: Props) {
  const currency = useOrganization()?.currency ?? '';
  const today = useClock()?.today;
  const line = lines.find(({ status }) => status !== 'cancelled');
  const form = useForm({
    initialValues: {
      line_id: line?.id ?? '',
      description: line?.plan_name ?? '',
      unit_price: line?.price.amount ?? '',
      quantity: '1',
      tax_percent: '0',
      tax_included: false,
      due_on: '',
    },
    validate: {
      description: (value) => (value.trim() ? null : 'What is charged?'),
      unit_price: amountGiven,
      quantity: numberGiven,
      tax_percent: numberGiven,
    },
  });
  const key = useRef(newKey());
  const issuing = useMutation({
    mutationFn: (values: typeof form.values) =>
      taken<Invoice>(
        api.POST('/api/v1/invoices', {
          params: { header: { 'Idempotency-Key': key.current } },
          body: {
            customer_id: customerId,
            line_id: values.line_id || null,
            due_on: values.due_on || null,
            issue: true,
            recurring: false,
            items: [
              {
                description: values.description.trim(),
                quantity: decimalText(values.quantity),
                unit_price: { amount: decimalText(values.unit_price), currency },
                tax_rate: decimalText(values.tax_percent),
                price_includes_tax: values.tax_included,
              },
            ],
          },
        }),
      ),
    onError: (error) => {
      key.current = newKey();
      form.setErrors(asProblem(error).fields());
    },
    onSuccess: (invoice) => {
      told(`Invoice ${invoice.number ?? ''} is issued.`);
      onIssued();
      onClose();
    },
  });
  return (
    <FormModal
      title="Issue an invoice"
      submit="Issue"
      busy={issuing.isPending}
      error={issuing.error}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => issuing.mutate(values))}
    >
      <Select
        label="Line"
        placeholder="None in particular"
        clearable
        data={lines.map(({ id, number, plan_name }) => ({
          value: id,
          label: `${number} · ${plan_name}`,
        }))}
        {...form.getInputProps('line_id')}
        onChange={(value: string | null) => form.setFieldValue('line_id', value ?? '')}
      />
      <TextInput label="What for" data-autofocus {...form.getInputProps('description')} />
      <Group grow align="start">
        <TextInput label="Quantity" {...form.getInputProps('quantity')} />
        <TextInput label={`Unit price, ${currency}`} {...form.getInputProps('unit_price')} />
        <TextInput label="Tax, %" {...form.getInputProps('tax_percent')} />
      </Group>
      <Checkbox
        size="xs"
        label="The price includes the tax"
        {...form.getInputProps('tax_included', { type: 'checkbox' })}
      />
      <TextInput
        label="Due on"
        type="date"
        min={today}
        description="Empty takes the organization's terms"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...form.getInputProps('due_on')}
      />
    </FormModal>
  );
}
