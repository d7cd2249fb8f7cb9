import { Checkbox, Select } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, asSeen, taken } from '../../api/client';
import type { PaymentSettings, PaymentSettingsIn } from '../../api/money';
import { KeptSettings, type SettingsFields } from './KeptSettings';
import { SettingsForm } from './SettingsForm';

const SURPLUS: { value: PaymentSettings['surplus']; label: string }[] = [
  { value: 'refuse', label: 'Refuse the payment' },
  { value: 'credit', label: 'Keep it as account credit' },
];
const ORDERS: { value: PaymentSettings['allocation_order']; label: string }[] = [
  { value: 'oldest_due', label: 'What is due longest' },
  { value: 'newest_due', label: 'What is due last' },
  { value: 'smallest_open', label: 'What is smallest' },
];

/** How money is taken when nobody says otherwise. */
export function PaymentsSettings() {
  return (
    <KeptSettings<PaymentSettings, PaymentSettingsIn>
      name="payments"
      height={240}
      read={() => taken<PaymentSettings>(api.GET('/api/v1/payments/settings'))}
      write={(body, seen) =>
        taken<PaymentSettings>(
          api.PUT('/api/v1/payments/settings', { params: { header: asSeen(seen) }, body }),
        )
      }
      fields={(props) => <Fields {...props} />}
    />
  );
}

function Fields({ kept, busy, error, onSave }: SettingsFields<PaymentSettings, PaymentSettingsIn>) {
  const form = useForm({
    initialValues: {
      surplus: kept.surplus,
      allocation_order: kept.allocation_order,
      apply_credit_on_issue: kept.apply_credit_on_issue,
      apply_credit_automatically: kept.apply_credit_automatically,
    },
  });
  return (
    <SettingsForm
      title="Payment settings"
      busy={busy}
      error={error}
      onSubmit={form.onSubmit(onSave)}
    >
      <Select
        label="When more comes than is open"
        allowDeselect={false}
        data={SURPLUS}
        {...form.getInputProps('surplus')}
      />
      <Select
        label="Money that names no invoice pays first"
        allowDeselect={false}
        data={ORDERS}
        {...form.getInputProps('allocation_order')}
      />
      <Checkbox
        size="xs"
        label="Account credit pays an invoice by itself when it is issued"
        {...form.getInputProps('apply_credit_on_issue', { type: 'checkbox' })}
      />
      <Checkbox
        size="xs"
        label="Account credit also pays what was issued before it came"
        {...form.getInputProps('apply_credit_automatically', { type: 'checkbox' })}
      />
    </SettingsForm>
  );
}
