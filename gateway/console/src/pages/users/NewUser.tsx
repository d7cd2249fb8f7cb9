import { PasswordInput, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { User, UserIn } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { told } from '../../ui/notify';
import { passwordGiven } from './given';
import { roleMay, roleName, ROLES } from './roles';

interface Props {
  onClose: () => void;
  onDone: () => void;
}

const FIELD_OF: Record<string, string> = { 'email-taken': 'email', 'role-too-high': 'role' };

/** Lets another person log in. They are told the first password by whoever makes the user. */
export function NewUser({ onClose, onDone }: Props) {
  const form = useForm<Required<Omit<UserIn, 'organization_id'>>>({
    initialValues: { name: '', email: '', role: 'clerk', password: '' },
    validate: {
      name: (name) => (name.trim() ? null : 'A name'),
      email: (email) => (/^[^@\s]+@[^@\s]+$/.test(email.trim()) ? null : 'An address'),
      password: passwordGiven,
    },
  });
  const creating = useMutation({
    mutationFn: (body: UserIn) => taken<User>(api.POST('/api/v1/users', { body })),
    onError: (error) => {
      const problem = asProblem(error);
      const field = FIELD_OF[problem.slug];
      form.setErrors(field === undefined ? problem.fields() : { [field]: problem.message });
    },
    onSuccess: ({ name }) => {
      told(`${name} can log in now.`);
      onDone();
      onClose();
    },
  });
  return (
    <FormModal
      title="New user"
      submit="Create the user"
      busy={creating.isPending}
      error={Object.keys(form.errors).length > 0 ? null : creating.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ name, email, ...rest }) =>
        creating.mutate({ ...rest, name: name.trim(), email: email.trim() }),
      )}
    >
      <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
      <TextInput label="E-mail" type="email" {...form.getInputProps('email')} />
      <Select
        label="Role"
        allowDeselect={false}
        data={ROLES.map((value) => ({ value, label: roleName(value) }))}
        description={roleMay(form.values.role)}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...form.getInputProps('role')}
      />
      <PasswordInput
        label="First password"
        description="At least 10 characters; tell it to them by a way you trust."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autoComplete="new-password"
        size="xs"
        {...form.getInputProps('password')}
      />
    </FormModal>
  );
}
