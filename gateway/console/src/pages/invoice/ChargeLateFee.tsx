import { Anchor, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { InvoiceDetail, LateFeeRule, Page } from '../../api/types';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  invoice: InvoiceDetail;
  onClose: () => void;
  onDone: () => void;
}

/** Charges a fee for paying late, by one of the organization's rules; once per rule and period. */
export function ChargeLateFee({ invoice, onClose, onDone }: Props) {
  const format = useFormat();
  const [chosen, setChosen] = useState<string | null>(null);
  const rules = useQuery({
    queryKey: ['late-fee-rules', 'active'],
    queryFn: () =>
      taken<Page<LateFeeRule>>(
        api.GET('/api/v1/late-fee-rules', { params: { query: { limit: 100 } } }),
      ),
  });
  const usable = rules.data?.items.filter(({ active }) => active) ?? [];
  const rule = chosen ?? usable[0]?.code ?? null;
  const doing = useDoing({
    said: 'The fee is charged, as an invoice of its own.',
    onClose,
    onDone,
    send: (body: { rule: string }, key) =>
      taken(
        api.POST('/api/v1/invoices/{invoice_id}/late-fees', {
          params: { path: { invoice_id: invoice.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const says = ({ name, amount, rate }: LateFeeRule) =>
    `${name}: ${amount === null ? `${rate ?? ''} % of what is open` : format.money(amount)}`;
  return (
    <FormModal
      title={`Late fee for ${invoice.number ?? ''}`}
      submit="Charge the fee"
      disabled={rule === null}
      busy={doing.isPending}
      error={doing.error ?? rules.error}
      onClose={onClose}
      onSubmit={() => rule !== null && doing.mutate({ rule })}
    >
      {rules.data && usable.length === 0 ? (
        <Text fz="sm">
          There is no rule for late fees yet.{' '}
          <Anchor component={Link} to="/settings" fz="sm">
            Write one in the settings.
          </Anchor>
        </Text>
      ) : (
        <Select
          label="Rule"
          allowDeselect={false}
          value={rule}
          onChange={setChosen}
          data={usable.map((each) => ({ value: each.code, label: says(each) }))}
        />
      )}
    </FormModal>
  );
}
