import { Checkbox, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { PauseIn } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';
import { daysAfter, type Asked } from './asked';

/** Holds the policy by hand for a few days, for the case's line or all of its customer's. */
export function MakePause({ of: shown, onClose, onDone }: Asked) {
  const form = useForm({
    initialValues: { until_on: daysAfter(shown.today, 3), reason: '', reconnect: false },
    validate: {
      until_on: (day) => (day ? null : 'Until when?'),
      reason: (reason) => (reason.trim() ? null : 'Why?'),
    },
  });
  const doing = useDoing({
    said: 'The policy waits.',
    onClose,
    onDone,
    send: (body: PauseIn, key) =>
      taken(
        api.POST('/api/v1/collections/pauses', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="Pause"
      submit="Pause"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ until_on, reason, reconnect }) =>
        doing.mutate({
          ...(shown.line_id === null
            ? { customer_id: shown.customer_id }
            : { line_id: shown.line_id }),
          until_on,
          reason: reason.trim(),
          reconnect,
        }),
      )}
    >
      <TextInput label="Until" type="date" min={shown.today} {...form.getInputProps('until_on')} />
      <TextInput label="Reason" data-autofocus {...form.getInputProps('reason')} />
      <Checkbox
        size="xs"
        label="Switch lines back on meanwhile that were cut off"
        {...form.getInputProps('reconnect', { type: 'checkbox' })}
      />
    </FormModal>
  );
}
