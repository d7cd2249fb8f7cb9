import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  Grid,
  Group,
  Menu,
  Skeleton,
  Stack,
  Text,
} from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';

import { download } from '../../api/client';
import { useMay } from '../../session/organization';
import { useFormat } from '../../ui/format';
import { Icon } from '../../ui/icons';
import { refused } from '../../ui/notify';
import { PageHeader } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { RecordPayment } from '../customer/RecordPayment';
import { useProcessors } from '../settings/useProcessors';
import { ChargeLateFee } from './ChargeLateFee';
import { CreditInvoice } from './CreditInvoice';
import { Deliveries } from './Deliveries';
import { Items } from './Items';
import { PayByTestCard } from './PayByTestCard';
import { Reckoning } from './Reckoning';
import { SendInvoice } from './SendInvoice';
import { StoryOfMoney } from './StoryOfMoney';
import { useInvoice } from './useInvoice';
import { VoidInvoice } from './VoidInvoice';
import { WriteOffInvoice } from './WriteOffInvoice';

type Doing = 'pay' | 'card' | 'send' | 'credit' | 'write-off' | 'late-fee' | 'void' | null;

/** One invoice: what it asks for, what lowered it, what came for it, and what can be done. */
export function InvoicePage() {
  const { invoiceId = '' } = useParams();
  const { invoice, notes, writeOffs, payments, changed } = useInvoice(invoiceId);
  const format = useFormat();
  const mayWrite = useMay('write');
  const mayAdminister = useMay('administer');
  const processors = useProcessors();
  const [doing, setDoing] = useState<Doing>(null);
  const { data, error } = invoice;
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={320} />;
  const close = () => setDoing(null);
  const issued = data.document === 'issued';
  const owed = issued && /[1-9]/.test(data.open.amount);
  const testCards = processors.data?.items.find(({ active }) => active)?.provider === 'local';
  return (
    <>
      <PageHeader
        title={
          <Group gap="xs">
            <ActionIcon
              component={Link}
              to="/invoices"
              variant="subtle"
              color="gray"
              aria-label="All invoices"
            >
              <Icon name="back" />
            </ActionIcon>
            {data.number ?? 'Draft'}
            <StatusBadge status={data.status} />
            {data.kind !== 'charge' && <StatusBadge status={data.kind} />}
          </Group>
        }
      >
        <Button
          variant="default"
          onClick={() => {
            download(`/api/v1/invoices/${data.id}/pdf`, `${data.number ?? 'draft'}.pdf`).catch(
              refused,
            );
          }}
        >
          PDF
        </Button>
        {mayWrite && data.document !== 'void' && (
          <Button variant="default" onClick={() => setDoing('send')}>
            {issued ? 'Send again' : 'Issue and send'}
          </Button>
        )}
        {mayWrite && issued && (
          <Menu position="bottom-end" shadow="md">
            <Menu.Target>
              <Button variant="default">Correct…</Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setDoing('credit')}>Issue a credit note…</Menu.Item>
              {mayAdminister && owed && (
                <Menu.Item onClick={() => setDoing('write-off')}>Write off…</Menu.Item>
              )}
              {owed && data.kind === 'charge' && (
                <Menu.Item onClick={() => setDoing('late-fee')}>Charge a late fee…</Menu.Item>
              )}
              <Menu.Divider />
              <Menu.Item color="red" onClick={() => setDoing('void')}>
                Void…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
        {mayWrite && owed && testCards && (
          <Button variant="default" onClick={() => setDoing('card')}>
            Pay by card (test)
          </Button>
        )}
        {mayWrite && owed && <Button onClick={() => setDoing('pay')}>Record a payment</Button>}
      </PageHeader>
      {data.void_reason !== null && (
        <Alert
          color="gray"
          variant="light"
          mb="md"
          title={`Void since ${format.date(data.voided_on)}`}
        >
          {data.void_reason}
        </Alert>
      )}
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack>
            <Items invoice={data} />
            <StoryOfMoney
              invoiceId={data.id}
              notes={notes}
              writeOffs={writeOffs}
              payments={payments}
            />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack>
            <Reckoning invoice={data} />
            {issued && <Deliveries invoiceId={data.id} />}
            {data.refers_to !== null && (
              <Text fz="sm">
                A fee for paying{' '}
                <Anchor component={Link} to={`/invoices/${data.refers_to}`}>
                  another invoice
                </Anchor>{' '}
                late.
              </Text>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
      {doing === 'pay' && (
        <RecordPayment
          customerId={data.customer_id}
          invoices={[data]}
          chosen={data}
          onClose={close}
          onRecorded={changed}
        />
      )}
      {doing === 'card' && <PayByTestCard invoice={data} onClose={close} onDone={changed} />}
      {doing === 'send' && <SendInvoice invoice={data} onClose={close} onDone={changed} />}
      {doing === 'credit' && <CreditInvoice invoice={data} onClose={close} onDone={changed} />}
      {doing === 'write-off' && <WriteOffInvoice invoice={data} onClose={close} onDone={changed} />}
      {doing === 'late-fee' && <ChargeLateFee invoice={data} onClose={close} onDone={changed} />}
      {doing === 'void' && <VoidInvoice invoice={data} onClose={close} onDone={changed} />}
    </>
  );
}
