import { Button, Group, Paper, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, download, taken } from '../../api/client';
import type { DepositAccount, DepositKind } from '../../api/money';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { Choice } from '../../ui/Choice';
import { Empty } from '../../ui/Empty';
import { NOTHING } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { refused } from '../../ui/notify';
import { PageHeader } from '../../ui/Panel';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { NewDeposit } from './NewDeposit';
import { TransferMoney } from './TransferMoney';
import { Transfers } from './Transfers';

/** Where money is: cash desks, bank accounts, and what card processors hold. */
export function DepositsPage() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const mayWrite = useMay('write');
  const mayAdminister = useMay('administer');
  const [doing, setDoing] = useState<'new' | 'transfer' | null>(null);
  const [filters, change] = useFilters('kind', 'active', 'sort');
  const list = useList<DepositAccount>(['deposit-accounts', filters], (paging) =>
    taken<Page<DepositAccount>>(
      api.GET('/api/v1/deposit-accounts', {
        params: {
          query: {
            ...paging,
            kind: filters.kind as DepositKind | undefined,
            active: filters.active ? filters.active === 'active' : undefined,
            sort: filters.sort,
          },
        },
      }),
    ),
  );
  const changed = () => void client.invalidateQueries({ queryKey: ['deposit-accounts'] });
  const close = () => setDoing(null);
  return (
    <>
      <PageHeader title="Deposit accounts">
        <Button
          variant="default"
          onClick={() => {
            download('/api/v1/journal/export', 'journal.csv').catch(refused);
          }}
        >
          Journal, CSV
        </Button>
        {mayWrite && (
          <Button variant="default" onClick={() => setDoing('transfer')}>
            Transfer
          </Button>
        )}
        {mayAdminister && <Button onClick={() => setDoing('new')}>New deposit account</Button>}
      </PageHeader>
      <Stack>
        <Paper>
          <Group mb="sm">
            <Choice
              label="Kind"
              value={filters.kind}
              of={['cash_desk', 'bank', 'processor']}
              onChange={(kind) => change({ kind })}
            />
            <Choice
              label="State"
              value={filters.active}
              of={['active', 'inactive']}
              onChange={(active) => change({ active })}
            />
          </Group>
          <ListView
            label="Deposit accounts"
            list={list}
            rowKey={(account) => account.id}
            onRow={(account) => void navigate(`/deposit-accounts/${account.id}`)}
            sort={filters.sort ?? 'name'}
            onSort={(sort) => change({ sort })}
            empty={
              <Empty title="No deposit account matches">
                One of each kind opens by itself when money first needs it.
              </Empty>
            }
            columns={[
              { title: 'Name', sort: 'name', cell: (account) => account.name },
              { title: 'Kind', cell: (account) => words(account.kind) },
              {
                title: 'Takes',
                cell: (account) => account.default_for.map(words).join(', ') || NOTHING,
              },
              {
                title: 'State',
                cell: (account) => <StatusBadge status={account.active ? 'active' : 'inactive'} />,
              },
              {
                title: 'Balance',
                right: true,
                cell: (account) => <Amount of={account.balance} strong quietZero />,
              },
            ]}
          />
        </Paper>
        <Transfers onChange={changed} />
      </Stack>
      {doing === 'new' && <NewDeposit onClose={close} onDone={changed} />}
      {doing === 'transfer' && <TransferMoney onClose={close} onDone={changed} />}
    </>
  );
}
