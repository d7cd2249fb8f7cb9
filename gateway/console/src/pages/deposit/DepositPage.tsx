import { Button, Skeleton, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';

import { api, asSeen, taken } from '../../api/client';
import type { DepositAccount } from '../../api/money';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { BackTitle } from '../../ui/BackTitle';
import { Facts } from '../../ui/Facts';
import { NOTHING, useFormat } from '../../ui/format';
import { refused } from '../../ui/notify';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { TransferMoney } from '../deposits/TransferMoney';
import { Entries } from './Entries';

/** One deposit account: what is in it, and every entry that made it so. */
export function DepositPage() {
  const { accountId = '' } = useParams();
  const client = useQueryClient();
  const format = useFormat();
  const mayWrite = useMay('write');
  const mayAdminister = useMay('administer');
  const [moving, setMoving] = useState(false);
  const path = { account_id: accountId };
  const { data: account, error } = useQuery({
    queryKey: ['deposit-accounts', 'one', accountId],
    queryFn: () =>
      taken<DepositAccount>(api.GET('/api/v1/deposit-accounts/{account_id}', { params: { path } })),
  });
  const changed = () => {
    void client.invalidateQueries({ queryKey: ['deposit-accounts'] });
    void client.invalidateQueries({ queryKey: ['journal'] });
  };
  const toggling = useMutation({
    mutationFn: (seen: DepositAccount) =>
      taken(
        api.PATCH('/api/v1/deposit-accounts/{account_id}', {
          params: { path, header: asSeen(seen) },
          body: { active: !seen.active },
        }),
      ),
    onError: refused,
    onSuccess: changed,
  });
  if (account === undefined) {
    return error === null ? <Skeleton height={240} /> : <ProblemAlert error={error} />;
  }
  return (
    <>
      <PageHeader
        title={
          <BackTitle to="/deposit-accounts" label="All deposit accounts">
            {account.name}
            <StatusBadge status={account.active ? 'active' : 'inactive'} />
          </BackTitle>
        }
      >
        {mayAdminister && (
          <Button
            variant="default"
            loading={toggling.isPending}
            onClick={() => toggling.mutate(account)}
          >
            {account.active ? 'Close it' : 'Open it again'}
          </Button>
        )}
        {mayWrite && account.active && <Button onClick={() => setMoving(true)}>Transfer</Button>}
      </PageHeader>
      <Stack>
        <Panel title="Account">
          <Facts
            label="Account"
            rows={[
              ['Balance', <Amount key="balance" of={account.balance} strong />],
              ['Kind', words(account.kind)],
              ['Takes', account.default_for.map(words).join(', ') || NOTHING],
              ['Open since', format.day(account.created_at)],
            ]}
          />
        </Panel>
        <Entries accountId={account.id} />
      </Stack>
      {moving && (
        <TransferMoney from={account.id} onClose={() => setMoving(false)} onDone={changed} />
      )}
    </>
  );
}
