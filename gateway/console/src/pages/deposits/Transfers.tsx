import { Button, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { Transfer } from '../../api/money';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { ListView } from '../../ui/ListView';
import { Panel } from '../../ui/Panel';
import { useDoing } from '../../ui/useDoing';
import { useList } from '../../ui/useList';
import { useDepositAccounts } from './useDepositAccounts';

/** Money moved between deposit accounts; a transfer is undone by its opposite. */
export function Transfers({ onChange }: { onChange: () => void }) {
  const client = useQueryClient();
  const format = useFormat();
  const mayWrite = useMay('write');
  const accounts = useDepositAccounts();
  const [undoing, setUndoing] = useState<Transfer | null>(null);
  const list = useList<Transfer>(['deposit-accounts', 'transfers'], (paging) =>
    taken<Page<Transfer>>(
      api.GET('/api/v1/deposit-accounts/transfers', { params: { query: { ...paging } } }),
    ),
  );
  const undone = new Set(list.rows?.map(({ reverses }) => reverses));
  const name = (id: string | null, none: string) =>
    id === null ? none : (accounts.find((account) => account.id === id)?.name ?? 'an account');
  return (
    <Panel title="Transfers">
      <ListView
        label="Transfers"
        list={list}
        rowKey={(transfer) => transfer.id}
        empty={<Empty title="Nothing was transferred yet" />}
        columns={[
          { title: 'Day', cell: (transfer) => format.date(transfer.booked_on) },
          { title: 'From', cell: (transfer) => name(transfer.from_account_id, 'before all this') },
          { title: 'To', cell: (transfer) => name(transfer.to_account_id, 'gone for good') },
          {
            title: 'Description',
            cell: (transfer) => (
              <>
                {transfer.description}
                {transfer.reverses !== null && (
                  <Text fz="xs" c="dimmed">
                    undoes another
                  </Text>
                )}
              </>
            ),
          },
          { title: 'Amount', right: true, cell: (transfer) => <Amount of={transfer.amount} /> },
          {
            title: '',
            right: true,
            cell: (transfer) =>
              mayWrite &&
              transfer.reverses === null &&
              !undone.has(transfer.id) && (
                <Button
                  variant="subtle"
                  size="compact-xs"
                  aria-label={`Undo ${transfer.description}`}
                  onClick={() => setUndoing(transfer)}
                >
                  Undo…
                </Button>
              ),
          },
        ]}
      />
      {undoing !== null && (
        <UndoTransfer
          transfer={undoing}
          onClose={() => setUndoing(null)}
          onDone={() => {
            onChange();
            void client.invalidateQueries({ queryKey: ['journal'] });
          }}
        />
      )}
    </Panel>
  );
}

interface UndoProps {
  transfer: Transfer;
  onClose: () => void;
  onDone: () => void;
}

function UndoTransfer({ transfer, onClose, onDone }: UndoProps) {
  const format = useFormat();
  const [reason, setReason] = useState('');
  const doing = useDoing({
    said: 'The transfer is undone.',
    onClose,
    onDone,
    send: (body: { reason: string }, key) =>
      taken(
        api.POST('/api/v1/deposit-accounts/transfers/{transfer_id}/reverse', {
          params: { path: { transfer_id: transfer.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={`Undo the transfer of ${format.money(transfer.amount)}?`}
      submit="Undo it"
      danger
      disabled={!reason.trim()}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ reason: reason.trim() })}
    >
      <TextInput
        label="Reason"
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormModal>
  );
}
