import { Select, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { Intent } from '../../api/money';
import type { InvoiceDetail } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';

const CARDS = [
  { value: '4242424242424242', label: '…4242, is paid' },
  { value: '4000000000003220', label: '…3220, keeps the bank thinking' },
  { value: '4000000000000259', label: '…0259, is paid and disputed' },
  { value: '4000000000000002', label: '…0002, is declined' },
  { value: '4000000000009995', label: '…9995, is declined: no money' },
  { value: '4000000000000069', label: '…0069, is declined: expired' },
] as const;

type Card = (typeof CARDS)[number]['value'];

interface Props {
  invoice: InvoiceDetail;
  onClose: () => void;
  onDone: () => void;
}

/** Pays an invoice at the local test processor: begins the payment and presents a card. */
export function PayByTestCard({ invoice, onClose, onDone }: Props) {
  const { currency, amount } = invoice.open;
  const form = useForm({
    initialValues: { amount, card: '4242424242424242' as Card },
    validate: { amount: amountGiven },
  });
  const doing = useDoing({
    said: 'The card is presented; the payment shows when the processor answers.',
    onClose,
    onDone,
    send: async ({ amount: asked, card }: { amount: string; card: Card }, key) => {
      const begun = await taken<Intent>(
        api.POST('/api/v1/payment-intents', {
          params: { header: { 'Idempotency-Key': key } },
          body: { invoice_id: invoice.id, amount: { amount: asked, currency }, method: 'card' },
        }),
      );
      return taken<Intent>(
        api.POST('/api/v1/payment-intents/{payment_id}/test-confirmation', {
          params: { path: { payment_id: begun.id } },
          body: { card },
        }),
      );
    },
  });
  return (
    <FormModal
      title={`Pay ${invoice.number ?? ''} by card (test)`}
      submit="Present the card"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit((values) =>
        doing.mutate({ amount: decimalText(values.amount), card: values.card }),
      )}
    >
      <TextInput
        label={`Amount, ${currency}`}
        inputMode="decimal"
        {...form.getInputProps('amount')}
      />
      <Select label="Card" allowDeselect={false} data={CARDS} {...form.getInputProps('card')} />
      <Text fz="xs" c="dimmed">
        No card is charged: this organization takes cards at the local test processor.
      </Text>
    </FormModal>
  );
}
