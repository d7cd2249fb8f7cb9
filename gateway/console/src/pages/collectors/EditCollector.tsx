import { Anchor, Checkbox, Group, NumberInput, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link } from 'react-router';

import { api, asSeen, taken } from '../../api/client';
import type { Collector, CollectorChange } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { numberGiven } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { quotient, share } from './rate';

interface Props {
  of: Collector;
  onClose: () => void;
  onDone: () => void;
}

/** How much a collector takes, and what of it is theirs. */
export function EditCollector({ of: collector, onClose, onDone }: Props) {
  const form = useForm({
    initialValues: {
      name: collector.name,
      capacity: collector.capacity,
      rate: share(collector.commission_rate),
      segments: collector.segments,
      active: collector.active,
    },
    validate: { name: (name) => (name.trim() ? null : 'A name'), rate: numberGiven },
  });
  const doing = useDoing({
    said: 'The collector is changed.',
    onClose,
    onDone,
    send: (body: CollectorChange) =>
      taken(
        api.PATCH('/api/v1/collections/collectors/{collector_id}', {
          params: { path: { collector_id: collector.id }, header: asSeen(collector) },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={collector.name}
      submit="Save"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ name, rate, ...rest }) =>
        doing.mutate({ ...rest, name: name.trim(), commission_rate: quotient(rate) }),
      )}
    >
      <TextInput label="Name" {...form.getInputProps('name')} />
      <Group grow align="start">
        <NumberInput label="Cases at once" min={0} {...form.getInputProps('capacity')} />
        <TextInput label="Commission, %" inputMode="decimal" {...form.getInputProps('rate')} />
      </Group>
      <TagsInput size="xs" label="Segments" placeholder="Any" {...form.getInputProps('segments')} />
      <Checkbox
        size="xs"
        label="Takes new cases"
        {...form.getInputProps('active', { type: 'checkbox' })}
      />
      <Anchor component={Link} to={`/desk?collector=${collector.id}`} fz="sm">
        {collector.cases} cases in hand
      </Anchor>
    </FormModal>
  );
}
