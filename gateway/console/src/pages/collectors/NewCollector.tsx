import { Group, NumberInput, Select, TagsInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { CollectorIn } from '../../api/collections';
import type { Page, User } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { numberGiven } from '../../ui/given';
import { words } from '../../ui/status';
import { useDoing } from '../../ui/useDoing';
import { useSession } from '../../session/useSession';
import { quotient } from './rate';

interface Props {
  onClose: () => void;
  onDone: () => void;
}

/** Makes a user of the organization a collector. */
export function NewCollector({ onClose, onDone }: Props) {
  const organizationId = useSession()?.organizationId;
  const users = useQuery({
    queryKey: ['users', organizationId, 'active'],
    queryFn: () =>
      taken<Page<User>>(
        api.GET('/api/v1/users', {
          params: {
            query: { active: true, limit: 200, organization_id: organizationId ?? undefined },
          },
        }),
      ),
  });
  const form = useForm({
    initialValues: {
      user_id: null as string | null,
      name: '',
      capacity: 200,
      rate: '10',
      segments: [] as string[],
    },
    validate: {
      user_id: (id) => (id === null ? 'Who?' : null),
      name: (name) => (name.trim() ? null : 'A name'),
      rate: numberGiven,
    },
  });
  const doing = useDoing({
    said: 'The collector is added.',
    onClose,
    onDone,
    send: (body: CollectorIn, key) =>
      taken(
        api.POST('/api/v1/collections/collectors', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="New collector"
      submit="Add the collector"
      busy={doing.isPending}
      error={doing.error ?? users.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ user_id, name, capacity, rate, segments }) => {
        if (user_id === null) return;
        doing.mutate({
          user_id,
          name: name.trim(),
          capacity,
          commission_rate: quotient(rate),
          segments,
        });
      })}
    >
      <Select
        label="User"
        searchable
        data={
          users.data?.items.map(({ id, name, role }) => ({
            value: id,
            label: `${name} (${words(role)})`,
          })) ?? []
        }
        nothingFoundMessage="No user of the organization is called so"
        {...form.getInputProps('user_id')}
        onChange={(id: string | null) => {
          const user = users.data?.items.find((each) => each.id === id);
          form.setValues({ user_id: id, name: form.values.name || (user?.name ?? '') });
        }}
      />
      <TextInput label="Name" {...form.getInputProps('name')} />
      <Group grow align="start">
        <NumberInput label="Cases at once" min={0} {...form.getInputProps('capacity')} />
        <TextInput label="Commission, %" inputMode="decimal" {...form.getInputProps('rate')} />
      </Group>
      <TagsInput size="xs" label="Segments" placeholder="Any" {...form.getInputProps('segments')} />
      <Text fz="xs" c="dimmed">
        The user logs in as before; with the role of a collector they see the desk and their cases.
      </Text>
    </FormModal>
  );
}
