import { Checkbox, NumberInput, Skeleton } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, asSeen, taken } from '../../api/client';
import type { InvoiceTerms, InvoiceTermsIn } from '../../api/money';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { SettingsForm } from './SettingsForm';
import { useSettings } from './useSettings';

/** When invoices are due, and what is done by itself. */
export function InvoiceTermsSettings() {
  const { data, error, saving } = useSettings<InvoiceTerms, InvoiceTermsIn>({
    name: 'invoice-terms',
    read: () => taken<InvoiceTerms>(api.GET('/api/v1/invoices/terms')),
    write: (body, seen) =>
      taken<InvoiceTerms>(
        api.PUT('/api/v1/invoices/terms', { params: { header: asSeen(seen) }, body }),
      ),
  });
  if (data === undefined) return error ? <ProblemAlert error={error} /> : <Skeleton height={240} />;
  return (
    <Fields
      key={data.version}
      kept={data}
      busy={saving.isPending}
      error={saving.error}
      onSave={(body) => saving.mutate({ body, seen: data })}
    />
  );
}

interface Props {
  kept: InvoiceTerms;
  busy: boolean;
  error: unknown;
  onSave: (body: InvoiceTermsIn) => void;
}

function Fields({ kept, busy, error, onSave }: Props) {
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
