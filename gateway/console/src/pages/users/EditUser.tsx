import { Checkbox, PasswordInput, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, asSeen, taken } from '../../api/client';
import type { Role, User, UserPatch } from '../../api/types';
import { useSession } from '../../session/useSession';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';
import { passwordGiven } from './given';
import { roleMay, roleName, ROLES } from './roles';

interface Props {
  of: User;
  onClose: () => void;
  onDone: () => void;
}

/** What a user is called and may do, and whether they may log in at all. */
export function EditUser({ of: user, onClose, onDone }: Props) {
  const mine = useSession()?.tokens.user.id === user.id;
  const form = useForm({
    initialValues: {
      name: user.name,
      email: user.email,
      role: user.role,
      active: user.active,
      password: '',
    },
    validate: {
      name: (name) => (name.trim() ? null : 'A name'),
      email: (email) => (/^[^@\s]+@[^@\s]+$/.test(email.trim()) ? null : 'An address'),
      password: (password) => (password === '' ? null : passwordGiven(password)),
    },
  });
  const path = { user_id: user.id };
  const saving = useDoing({
    said: 'The user is changed.',
    onClose,
    onDone,
    send: async ({ patch, password }: { patch: UserPatch; password: string }) => {
      await taken(
        api.PATCH('/api/v1/users/{user_id}', {
          params: { path, header: asSeen(user) },
          body: patch,
        }),
      );
      if (password !== '') {
        await taken(
          api.POST('/api/v1/users/{user_id}/password', { params: { path }, body: { password } }),
        );
      }
    },
  });
  return (
    <FormModal
      title={user.name}
      submit="Save"
      busy={saving.isPending}
      error={saving.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ password, name, email, role, active }) =>
        saving.mutate({
          patch: { name: name.trim(), email: email.trim(), role, active },
          password,
        }),
      )}
    >
      <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
      <TextInput label="E-mail" type="email" {...form.getInputProps('email')} />
      <Select<Role>
        label="Role"
        allowDeselect={false}
        disabled={mine}
        data={ROLES.map((value) => ({ value, label: roleName(value) }))}
        description={roleMay(form.values.role)}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...form.getInputProps('role')}
      />
      <Checkbox
        size="xs"
        label="May log in"
        disabled={mine}
        description="Nobody is erased, because what they did names them. A change of role ends their sessions."
        {...form.getInputProps('active', { type: 'checkbox' })}
      />
      <PasswordInput
        label="New password"
        description="Empty leaves it. Their sessions end."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autoComplete="new-password"
        size="xs"
        {...form.getInputProps('password')}
      />
    </FormModal>
  );
}
