import { Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { Payment, ReallocationIn } from '../../api/money';
import type { Invoice, Page } from '../../api/types';
import { isZero, useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { useDoing } from '../../ui/useDoing';
import { standing } from './standing';

interface Props {
  payment: Payment;
  onClose: () => void;
  onDone: () => void;
}

/** Puts a payment's money against other invoices of its customer; the rest is account credit. */
export function ReallocatePayment({ payment, onClose, onDone }: Props) {
  const format = useFormat();
  const { currency } = payment.amount;
  const now = standing(payment);
  const [typed, setTyped] = useState<Record<string, string>>(() =>
    Object.fromEntries(now.map(({ invoice_id, amount }) => [invoice_id, amount.amount])),
  );
  const invoices = useQuery({
    queryKey: ['invoices', 'open', payment.customer_id],
    queryFn: () =>
      taken<Page<Invoice>>(
        api.GET('/api/v1/invoices', {
          params: {
            query: {
              customer_id: payment.customer_id,
              status: ['open'],
              limit: 100,
              sort: 'due_on',
            },
          },
        }),
      ),
  });
  const doing = useDoing({
    said: 'The money is where it shall be.',
    onClose,
    onDone,
    send: (body: ReallocationIn, key) =>
      taken(
        api.POST('/api/v1/payments/{payment_id}/reallocate', {
          params: { path: { payment_id: payment.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const open = invoices.data?.items.filter(({ total }) => total.currency === currency) ?? [];
  const rows = [
    ...now.map(({ invoice_id, number, amount }) => ({
      id: invoice_id,
      label: `${number ?? 'an invoice'}, ${format.money(amount)} of it here`,
    })),
    ...open
      .filter(({ id }) => now.every(({ invoice_id }) => invoice_id !== id))
      .map((invoice) => ({
        id: invoice.id,
        label: `${invoice.number ?? 'an invoice'}, ${format.money(invoice.open)} open`,
      })),
  ];
  const wanted = Object.entries(typed).filter(([, amount]) => amount.trim());
  const wrong = wanted.some(([, amount]) => amountGiven(amount) !== null);
  return (
    <FormModal
      title={`Where ${format.money(payment.amount)} shall be`}
      submit="Put it there"
      disabled={wrong}
      busy={doing.isPending}
      error={doing.error ?? invoices.error}
      onClose={onClose}
      onSubmit={() =>
        doing.mutate({
          allocations: wanted
            .map(([invoice_id, amount]) => ({
              invoice_id,
              amount: { amount: decimalText(amount), currency },
            }))
            .filter(({ amount }) => !isZero(amount)),
        })
      }
    >
      {invoices.isPending ? (
        <Skeleton height={80} />
      ) : (
        <Stack gap={6}>
          {rows.length === 0 && <Text fz="sm">Nothing else of this customer is open.</Text>}
          {rows.map(({ id, label }) => (
            <TextInput
              key={id}
              label={label}
              inputMode="decimal"
              value={typed[id] ?? ''}
              error={typed[id]?.trim() ? amountGiven(typed[id]) : null}
              onChange={(event) => setTyped({ ...typed, [id]: event.currentTarget.value })}
            />
          ))}
        </Stack>
      )}
      <Text fz="xs" c="dimmed">
        What is put nowhere becomes account credit.
      </Text>
    </FormModal>
  );
}
