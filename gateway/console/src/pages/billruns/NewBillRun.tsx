import { Group, MultiSelect, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { BillRun, BillRunIn, BillRunPreview } from '../../api/money';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';
import { usePlans } from '../plans/usePlans';
import { Preview } from './Preview';

/** What was previewed, and so may be started. */
interface Previewed {
  asked: BillRunIn;
  found: BillRunPreview;
}

interface Props {
  onClose: () => void;
  onStarted: (run: BillRun) => void;
}

/** Shows first what a run would bill, then starts just that. */
export function NewBillRun({ onClose, onStarted }: Props) {
  const plans = usePlans();
  const [previewed, setPreviewed] = useState<Previewed | null>(null);
  const form = useForm({
    initialValues: { period_from: '', period_to: '', plan_ids: [] as string[] },
    onValuesChange: () => setPreviewed(null),
  });
  const previewing = useMutation({
    mutationFn: async (asked: BillRunIn) => ({
      asked,
      found: await taken<BillRunPreview>(
        api.POST('/api/v1/bill-runs/preview', {
          params: { header: { 'Idempotency-Key': newKey() } },
          body: asked,
        }),
      ),
    }),
    onSuccess: setPreviewed,
  });
  const starting = useDoing({
    said: 'The bill run is started.',
    onClose,
    onDone: () => undefined,
    send: async (body: BillRunIn, key) =>
      onStarted(
        await taken<BillRun>(
          api.POST('/api/v1/bill-runs', { params: { header: { 'Idempotency-Key': key } }, body }),
        ),
      ),
  });
  const submit = (values: typeof form.values) => {
    if (previewed !== null) {
      starting.mutate(previewed.asked);
      return;
    }
    previewing.mutate({
      period_from: values.period_from || null,
      period_to: values.period_to || null,
      plan_ids: values.plan_ids.length > 0 ? values.plan_ids : null,
    });
  };
  return (
    <FormModal
      title="New bill run"
      submit={previewed === null ? 'Preview' : 'Start the bill run'}
      disabled={previewed !== null && previewed.found.subscriptions === 0}
      busy={previewing.isPending || starting.isPending}
      error={starting.error ?? previewing.error}
      size="lg"
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <Group grow align="start">
        <TextInput
          label="First day"
          type="date"
          description="Empty: whatever was not billed before"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.getInputProps('period_from')}
        />
        <TextInput
          label="Last day"
          type="date"
          description="Empty: today"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.getInputProps('period_to')}
        />
      </Group>
      <MultiSelect
        label="Only these plans"
        size="xs"
        placeholder={form.values.plan_ids.length > 0 ? undefined : 'All plans'}
        clearable
        searchable
        data={plans.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('plan_ids')}
      />
      {previewed !== null && <Preview of={previewed.found} />}
    </FormModal>
  );
}
