import { Checkbox, Group, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';

import { api, newKey, taken } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Organization, OrganizationIn } from '../../api/types';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { FormModal } from '../../ui/FormModal';

interface Props {
  onClose: () => void;
  onCreated: (organization: Organization) => void;
}

export function NewOrganization({ onClose, onCreated }: Props) {
  const form = useForm<OrganizationIn>({
    initialValues: {
      name: '',
      country: 'EC',
      currency: 'USD',
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      locale: 'es_EC',
      sandbox: false,
    },
    validate: { name: (value) => (value.trim() ? null : 'A name is needed') },
  });
  const key = useRef(newKey());
  const creating = useMutation({
    mutationFn: (body: OrganizationIn) =>
      taken<Organization>(
        api.POST('/api/v1/organizations', {
          params: { header: { 'Idempotency-Key': key.current } },
          body,
        }),
      ),
    onError: (error) => {
      key.current = newKey();
      form.setErrors(asProblem(error).fields());
    },
    onSuccess: onCreated,
  });
  return (
    <FormModal
      title="New organization"
      submit="Create"
      busy={creating.isPending}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => creating.mutate(values))}
    >
      <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
      <Group grow align="start">
        <TextInput label="Country (ISO 3166)" {...form.getInputProps('country')} />
        <TextInput label="Currency (ISO 4217)" {...form.getInputProps('currency')} />
      </Group>
      <Group grow align="start">
        <TextInput label="Time zone (IANA)" {...form.getInputProps('time_zone')} />
        <TextInput label="Locale" {...form.getInputProps('locale')} />
      </Group>
      <Checkbox
        size="xs"
        label="Sandbox: its clock can be moved ahead"
        {...form.getInputProps('sandbox', { type: 'checkbox' })}
      />
      {Object.keys(form.errors).length === 0 && <ProblemAlert error={creating.error} />}
    </FormModal>
  );
}
