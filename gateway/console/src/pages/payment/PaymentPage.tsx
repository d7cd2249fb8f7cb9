import { Button, Grid, Menu, Skeleton, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';

import { api, taken } from '../../api/client';
import type { Payment } from '../../api/money';
import { useMay } from '../../session/organization';
import { BackTitle } from '../../ui/BackTitle';
import { CustomerName } from '../../ui/CustomerName';
import { Facts } from '../../ui/Facts';
import { isZero, NOTHING, useFormat } from '../../ui/format';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { useDepositAccounts } from '../deposits/useDepositAccounts';
import { Allocations } from './Allocations';
import { ReallocatePayment } from './ReallocatePayment';
import { RefundPayment } from './RefundPayment';
import { Returns } from './Returns';
import { ReversePayment } from './ReversePayment';
import { WhereItIs } from './WhereItIs';

type Doing = 'refund' | 'reverse' | 'reallocate' | null;

/** One payment: what came, where it is now, and what can be done with it. */
export function PaymentPage() {
  const { paymentId = '' } = useParams();
  const client = useQueryClient();
  const format = useFormat();
  const mayWrite = useMay('write');
  const accounts = useDepositAccounts();
  const [doing, setDoing] = useState<Doing>(null);
  const { data: payment, error } = useQuery({
    queryKey: ['payment', paymentId],
    queryFn: () =>
      taken<Payment>(
        api.GET('/api/v1/payments/{payment_id}', { params: { path: { payment_id: paymentId } } }),
      ),
    refetchInterval: 5_000,
  });
  if (payment === undefined) {
    return error === null ? <Skeleton height={320} /> : <ProblemAlert error={error} />;
  }
  const left = !isZero(payment.allocated) || !isZero(payment.credited);
  const same = {
    payment,
    onClose: () => setDoing(null),
    onDone: () => {
      void client.invalidateQueries({ queryKey: ['payment', paymentId] });
      void client.invalidateQueries({ queryKey: ['payments'] });
    },
  };
  return (
    <>
      <PageHeader
        title={
          <BackTitle to="/payments" label="All payments">
            {format.money(payment.amount)}
            <StatusBadge status={payment.status} />
          </BackTitle>
        }
      >
        {mayWrite && left && (
          <>
            <Button variant="default" onClick={() => setDoing('reallocate')}>
              Put it elsewhere
            </Button>
            <Menu position="bottom-end" shadow="md">
              <Menu.Target>
                <Button variant="default">Give back…</Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => setDoing('refund')}>Refund…</Menu.Item>
                {payment.provider === null && (
                  <Menu.Item color="red" onClick={() => setDoing('reverse')}>
                    Reverse: it was no payment…
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </>
        )}
      </PageHeader>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack>
            <WhereItIs payment={payment} />
            <Allocations payment={payment} />
            {payment.returns.length > 0 && <Returns payment={payment} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Panel title="Payment">
            <Facts
              label="Payment"
              rows={[
                ['Customer', <CustomerName key="customer" id={payment.customer_id} />],
                ['Method', words(payment.method)],
                ['Reference', payment.reference ?? NOTHING],
                ['Received', format.date(payment.received_on)],
                ['Recorded', format.instant(payment.recorded_at)],
                [
                  'Landed in',
                  accounts.find(({ id }) => id === payment.deposit_account_id)?.name ?? NOTHING,
                ],
                ['Card processor', payment.provider ?? NOTHING],
              ]}
            />
          </Panel>
        </Grid.Col>
      </Grid>
      {doing === 'refund' && <RefundPayment {...same} />}
      {doing === 'reverse' && <ReversePayment {...same} />}
      {doing === 'reallocate' && <ReallocatePayment {...same} />}
    </>
  );
}
