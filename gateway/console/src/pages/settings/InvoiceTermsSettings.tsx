import { Checkbox, NumberInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, asSeen, taken } from '../../api/client';
import type { InvoiceTerms, InvoiceTermsIn } from '../../api/money';
import { KeptSettings, type SettingsFields } from './KeptSettings';
import { SettingsForm } from './SettingsForm';

/** When invoices are due, and what is done by itself. */
export function InvoiceTermsSettings() {
  return (
    <KeptSettings<InvoiceTerms, InvoiceTermsIn>
      name="invoice-terms"
      height={240}
      read={() => taken<InvoiceTerms>(api.GET('/api/v1/invoices/terms'))}
      write={(body, seen) =>
        taken<InvoiceTerms>(
          api.PUT('/api/v1/invoices/terms', { params: { header: asSeen(seen) }, body }),
        )
      }
      fields={(props) => <Fields {...props} />}
    />
  );
}

function Fields({ kept, busy, error, onSave }: SettingsFields<InvoiceTerms, InvoiceTermsIn>) {
  const form = useForm({
    initialValues: {
      due_days: kept.due_days,
      due_soon_days: kept.due_soon_days,
      deliver_bill_runs: kept.deliver_bill_runs,
      auto_bill: kept.auto_bill,
    },
  });
  return (
    <SettingsForm title="Invoice terms" busy={busy} error={error} onSubmit={form.onSubmit(onSave)}>
      <NumberInput
        label="Days from the issue to the due date"
        min={0}
        max={365}
        {...form.getInputProps('due_days')}
      />
      <NumberInput
        label="Days before the due date that it counts as due soon"
        min={0}
        max={90}
        {...form.getInputProps('due_soon_days')}
      />
      <Checkbox
        size="xs"
        label="Bill by itself what is due to be billed, every day"
        {...form.getInputProps('auto_bill', { type: 'checkbox' })}
      />
      <Checkbox
        size="xs"
        label="Send what a bill run issues by e-mail"
        {...form.getInputProps('deliver_bill_runs', { type: 'checkbox' })}
      />
    </SettingsForm>
  );
}
