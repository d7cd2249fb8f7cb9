import { Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { api, taken } from '../../api/client';
import type { ExemptionIn } from '../../api/collections';
import type { Customer, Page } from '../../api/types';
import { useClock } from '../../session/organization';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  /** The line it is about; without one, a customer or an area is asked for. */
  line?: { id: string; number: number };
  onClose: () => void;
  onDone: () => void;
  /** Above the fields. */
  children?: ReactNode;
}

/** Exempts a line, a customer or an area until a day. */
export function GrantExemption({ line, onClose, onDone, children }: Props) {
  const today = useClock()?.today;
  const [sought, setSought] = useState('');
  const [q] = useDebouncedValue(sought, 250);
  const customers = useQuery({
    queryKey: ['customers', 'choice', q],
    queryFn: () =>
      taken<Page<Customer>>(
        api.GET('/api/v1/customers', { params: { query: { q: q || undefined, limit: 20 } } }),
      ),
    enabled: line === undefined,
  });
  const form = useForm({
    initialValues: {
      whom: (line === undefined ? 'customer' : 'line') as 'customer' | 'area' | 'line',
      customer_id: null as string | null,
      area: '',
      from_on: '',
      until_on: '',
      reason: '',
    },
    validate: {
      customer_id: (id, { whom }) => (whom === 'customer' && id === null ? 'Whom?' : null),
      area: (area, { whom }) => (whom === 'area' && !area.trim() ? 'Where?' : null),
      until_on: (day) => (day ? null : 'Until when?'),
      reason: (reason) => (reason.trim() ? null : 'Why?'),
    },
  });
  const doing = useDoing({
    said:
      line === undefined
        ? 'Nothing happens to them until then.'
        : `Nothing happens to line ${line.number} until then.`,
    onClose,
    onDone,
    send: (body: ExemptionIn, key) =>
      taken(
        api.POST('/api/v1/collections/exemptions', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const { whom } = form.values;
  return (
    <FormModal
      title={line === undefined ? 'Exempt' : `Exempt line ${line.number}`}
      submit="Exempt"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ customer_id, area, from_on, until_on, reason }) =>
        doing.mutate({
          ...(whom === 'line' && { line_id: line?.id }),
          ...(whom === 'customer' && { customer_id }),
          ...(whom === 'area' && { area: area.trim() }),
          from_on: from_on || null,
          until_on,
          reason: reason.trim(),
        }),
      )}
    >
      {children}
      {line === undefined && (
        <SegmentedControl
          aria-label="Whom"
          data={[
            { value: 'customer', label: 'A customer' },
            { value: 'area', label: 'An area' },
          ]}
          {...form.getInputProps('whom')}
        />
      )}
      {whom === 'customer' && (
        <Select
          label="Customer"
          searchable
          onSearchChange={setSought}
          filter={({ options }) => options}
          data={customers.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          {...form.getInputProps('customer_id')}
        />
      )}
      {whom === 'area' && <TextInput label="Area" {...form.getInputProps('area')} />}
      <Group grow align="start">
        <TextInput
          label="From"
          type="date"
          description="Empty is today"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.getInputProps('from_on')}
        />
        <TextInput
          label="Until"
          type="date"
          data-autofocus
          min={today}
          {...form.getInputProps('until_on')}
        />
      </Group>
      <TextInput label="Reason" {...form.getInputProps('reason')} />
    </FormModal>
  );
}
