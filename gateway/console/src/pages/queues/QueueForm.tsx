import { Button, Group, MultiSelect, NumberInput, Select, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';

import { api, asSeen, taken } from '../../api/client';
import type { Queue, QueueIn } from '../../api/collections';
import { useOrganization } from '../../session/organization';
import { FormModal } from '../../ui/FormModal';
import { told } from '../../ui/notify';
import { lookOf } from '../../ui/status';
import { useDoing } from '../../ui/useDoing';
import { useCollectors } from '../collectors/useCollectors';
import { STATUSES } from '../desk/CaseFilters';
import { NOBODY } from '../desk/filters';
import { asAsked, asTyped, wrongIn, type Typed } from './form';
import { MARKS } from './words';

interface Props {
  /** Null: a new one. */
  of: Queue | null;
  onClose: () => void;
  onDone: () => void;
}

/** Which cases are in a queue and what makes them urgent; the whole of both is kept. */
export function QueueForm({ of: queue, onClose, onDone }: Props) {
  const currency = useOrganization()?.currency;
  const inCurrency = (label: string) => (currency ? `${label}, ${currency}` : label);
  const collectors = useCollectors();
  const form = useForm<Typed>({ initialValues: asTyped(queue), validate: wrongIn });
  const keeping = useDoing({
    said: queue === null ? 'The queue is there.' : 'The queue is changed.',
    onClose,
    onDone,
    send: (body: QueueIn, key) =>
      queue === null
        ? taken(
            api.POST('/api/v1/collections/queues', {
              params: { header: { 'Idempotency-Key': key } },
              body,
            }),
          )
        : taken(
            api.PATCH('/api/v1/collections/queues/{queue_id}', {
              params: { path: { queue_id: queue.id }, header: asSeen(queue) },
              body,
            }),
          ),
  });
  const removing = useMutation({
    mutationFn: (id: string) =>
      taken(
        api.DELETE('/api/v1/collections/queues/{queue_id}', {
          params: { path: { queue_id: id } },
        }),
      ),
    onSuccess: () => {
      told('The queue is gone; its cases stay.');
      onDone();
      onClose();
    },
  });
  return (
    <FormModal
      title={queue === null ? 'New queue' : queue.name}
      submit={queue === null ? 'Save the queue' : 'Save'}
      size="lg"
      busy={keeping.isPending}
      error={keeping.error ?? removing.error}
      onClose={onClose}
      onSubmit={form.onSubmit((typed) => keeping.mutate(asAsked(typed, queue)))}
    >
      <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
      <Group grow align="start">
        <MultiSelect
          label="Status"
          size="xs"
          placeholder={form.values.status.length === 0 ? 'Any' : undefined}
          data={STATUSES.map((value) => ({ value, label: lookOf(value).label }))}
          {...form.getInputProps('status')}
        />
        <Select
          label="Collector"
          placeholder="Any"
          clearable
          data={[
            { value: NOBODY, label: 'nobody yet' },
            ...collectors.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          {...form.getInputProps('collector')}
        />
      </Group>
      <Group grow align="start">
        <TextInput label="Stage" {...form.getInputProps('stage')} />
        <TextInput label="Segment" {...form.getInputProps('segment')} />
        <TextInput
          label={inCurrency('Debt from')}
          inputMode="decimal"
          {...form.getInputProps('min')}
        />
        <TextInput label={inCurrency('to')} inputMode="decimal" {...form.getInputProps('max')} />
      </Group>
      <Group grow align="start">
        <TextInput label="Opened from" type="date" {...form.getInputProps('opened_from')} />
        <TextInput label="until" type="date" {...form.getInputProps('opened_to')} />
      </Group>
      <Text fz="sm" fw={600}>
        How much each counts, from 0 to 100
      </Text>
      <Group grow align="end">
        {MARKS.map(({ name, label }) => (
          <NumberInput key={name} label={label} min={0} max={100} {...form.getInputProps(name)} />
        ))}
      </Group>
      <Text fz="sm" fw={600}>
        What counts in full
      </Text>
      <Group grow align="end">
        <TextInput
          label={inCurrency('Debt of')}
          inputMode="decimal"
          {...form.getInputProps('full_debt')}
        />
        <NumberInput
          label="Days overdue"
          min={1}
          max={3650}
          {...form.getInputProps('full_age_days')}
        />
        <NumberInput
          label="Promises broken"
          min={1}
          max={100}
          {...form.getInputProps('full_broken')}
        />
        <NumberInput
          label="Days of silence"
          min={1}
          max={3650}
          {...form.getInputProps('full_silent_days')}
        />
      </Group>
      {queue !== null && (
        <Button
          variant="subtle"
          color="red"
          style={{ alignSelf: 'flex-start' }}
          loading={removing.isPending}
          onClick={() => removing.mutate(queue.id)}
        >
          Delete the queue
        </Button>
      )}
    </FormModal>
  );
}
