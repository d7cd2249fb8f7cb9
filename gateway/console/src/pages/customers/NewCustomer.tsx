import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import { api, newKey, taken } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Customer, CustomerIn } from '../../api/types';
import { FormModal } from '../../ui/FormModal';

interface Props {
  opened: boolean;
  onClose: () => void;
  onCreated: (customer: Customer) => void;
}

/** Rules of the server that are about one field. */
const FIELD_OF: Record<string, string> = {
  'national-id-taken': 'national_id',
  'external-ref-taken': 'external_ref',
};
const EMPTY = { name: '', national_id: '', email: '', phone: '', external_ref: '' };

export function NewCustomer({ opened, onClose, onCreated }: Props) {
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: EMPTY,
    validate: { name: (value) => (value.trim() ? null : 'A name is needed') },
  });
  // One key per filled-in form: pressing the button twice creates one customer.
  const key = useRef(newKey());
  const creating = useMutation({
    mutationFn: (body: CustomerIn) =>
      taken<Customer>(
        api.POST('/api/v1/customers', {
          params: { header: { 'Idempotency-Key': key.current } },
          body,
        }),
      ),
    onError: (error) => {
      key.current = newKey();
      form.setErrors(fieldErrors(error));
    },
    onSuccess: (customer) => {
      void queryClient.invalidateQueries({ queryKey: ['customers'] });
      onCreated(customer);
    },
  });
  const onFields = creating.error !== null && Object.keys(fieldErrors(creating.error)).length > 0;
  if (!opened) return null;
  return (
    <FormModal
      title="New customer"
      submit="Create customer"
      busy={creating.isPending}
      error={onFields ? null : creating.error}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => creating.mutate(given(values)))}
    >
      <TextInput label="Name" withAsterisk data-autofocus {...form.getInputProps('name')} />
      <TextInput
        label="National id"
        description="Checked by the rules of the organization's country"
        {...form.getInputProps('national_id')}
      />
      <TextInput label="E-mail" type="email" {...form.getInputProps('email')} />
      <TextInput label="Phone" type="tel" {...form.getInputProps('phone')} />
      <TextInput
        label="External reference"
        description="What your other systems call this customer"
        {...form.getInputProps('external_ref')}
      />
    </FormModal>
  );
}

function fieldErrors(error: unknown): Record<string, string> {
  const problem = asProblem(error);
  const field = FIELD_OF[problem.slug];
  const all = field === undefined ? problem.fields() : { [field]: problem.message };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in EMPTY));
}

function given(values: typeof EMPTY): CustomerIn {
  const filled = Object.entries(values)
    .map(([name, value]) => [name, value.trim()])
    .filter(([, value]) => value);
  return { name: values.name, ...Object.fromEntries(filled) } as CustomerIn;
}
