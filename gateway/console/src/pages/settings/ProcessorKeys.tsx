import { PasswordInput, Select, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, asSeen, taken } from '../../api/client';
import type { Processor, ProcessorIn } from '../../api/money';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  /** Null: one that is not there yet. */
  processor: Processor | null;
  onClose: () => void;
  onDone: () => void;
}

/** The keys of a card processor: they can be replaced here and are never shown. */
export function ProcessorKeys({ processor, onClose, onDone }: Props) {
  const form = useForm({
    initialValues: {
      provider: processor?.provider ?? 'stripe',
      publishable_key: processor?.publishable_key ?? '',
      secret_key: '',
      webhook_secret: '',
    },
  });
  const doing = useDoing({
    said: processor === null ? 'The card processor is there.' : 'The keys are replaced.',
    onClose,
    onDone,
    send: async (body: ProcessorIn, key) => {
      if (processor === null) {
        return taken(
          api.POST('/api/v1/processors', { params: { header: { 'Idempotency-Key': key } }, body }),
        );
      }
      const { publishable_key, secret_key, webhook_secret } = body;
      return taken(
        api.PATCH('/api/v1/processors/{processor_id}', {
          params: { path: { processor_id: processor.id }, header: asSeen(processor) },
          body: { publishable_key, secret_key, webhook_secret },
        }),
      );
    },
  });
  const local = form.values.provider === 'local';
  // A key that is left empty stays as it is.
  const submit = ({ provider, ...keys }: typeof form.values) =>
    doing.mutate({
      provider,
      ...(!local && keys.publishable_key && { publishable_key: keys.publishable_key.trim() }),
      ...(!local && keys.secret_key && { secret_key: keys.secret_key.trim() }),
      ...(!local && keys.webhook_secret && { webhook_secret: keys.webhook_secret.trim() }),
    });
  return (
    <FormModal
      title={processor === null ? 'Add a card processor' : 'New keys'}
      submit={processor === null ? 'Add it' : 'Replace the keys'}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      {processor === null && (
        <Select
          label="Processor"
          allowDeselect={false}
          data={[
            { value: 'stripe', label: 'Stripe' },
            { value: 'local', label: 'Local test processor' },
          ]}
          {...form.getInputProps('provider')}
        />
      )}
      {local ? (
        <Text fz="sm">It takes test cards only and needs no keys.</Text>
      ) : (
        <>
          <TextInput label="Publishable key" {...form.getInputProps('publishable_key')} />
          <PasswordInput
            size="xs"
            label="Secret key"
            autoComplete="off"
            placeholder={processor === null ? undefined : 'Stays as it is'}
            {...form.getInputProps('secret_key')}
          />
          <PasswordInput
            size="xs"
            label="Webhook secret"
            autoComplete="off"
            placeholder={processor === null ? undefined : 'Stays as it is'}
            {...form.getInputProps('webhook_secret')}
          />
          <Text fz="xs" c="dimmed">
            Secrets are kept encrypted and never shown again.
          </Text>
        </>
      )}
    </FormModal>
  );
}
