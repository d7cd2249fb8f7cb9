import { MultiSelect, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { DepositAccountIn, DepositKind } from '../../api/money';
import type { PaymentMethod } from '../../api/types';
import { useOrganization } from '../../session/organization';
import { FormModal } from '../../ui/FormModal';
import { words } from '../../ui/status';
import { useDoing } from '../../ui/useDoing';

const KINDS: DepositKind[] = ['cash_desk', 'bank', 'processor'];
const METHODS: PaymentMethod[] = ['cash', 'card', 'bank_transfer', 'check', 'wallet', 'other'];

/** Opens a place where money is kept. */
export function NewDeposit({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const currency = useOrganization()?.currency ?? '';
  const form = useForm({
    initialValues: {
      name: '',
      kind: 'bank' as DepositKind,
      currency: '',
      default_for: [] as PaymentMethod[],
    },
    validate: { name: (value) => (value.trim() ? null : 'What is it called?') },
  });
  const doing = useDoing({
    said: 'The deposit account is open.',
    onClose,
    onDone,
    send: (body: DepositAccountIn, key) =>
      taken(
        api.POST('/api/v1/deposit-accounts', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title="New deposit account"
      submit="Open the account"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit((values) =>
        doing.mutate({
          name: values.name.trim(),
          kind: values.kind,
          currency: values.currency.trim().toUpperCase() || null,
          default_for: values.default_for,
        }),
      )}
    >
      <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
      <Select
        label="Kind"
        allowDeselect={false}
        data={KINDS.map((value) => ({ value, label: words(value) }))}
        {...form.getInputProps('kind')}
      />
      <TextInput
        label="Currency"
        placeholder={currency}
        maxLength={3}
        {...form.getInputProps('currency')}
      />
      <MultiSelect
        label="Money that comes by these ways goes here"
        size="xs"
        data={METHODS.map((value) => ({ value, label: words(value) }))}
        {...form.getInputProps('default_for')}
      />
    </FormModal>
  );
}
