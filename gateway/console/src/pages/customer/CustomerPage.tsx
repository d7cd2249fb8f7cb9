import { ActionIcon, Alert, Button, Grid, Group, Skeleton, Stack } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';

import type { Invoice, Overview } from '../../api/types';
import { useMay } from '../../session/organization';
import { Icon } from '../../ui/icons';
import { PageHeader } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { CustomerCard } from './CustomerCard';
import { DecisionTimeline } from './DecisionTimeline';
import { Inbox } from './Inbox';
import { IssueInvoice } from './IssueInvoice';
import { LinesPanel } from './LinesPanel';
import { OpenCase } from './OpenCase';
import { OpenInvoices } from './OpenInvoices';
import { PaymentsPanel } from './PaymentsPanel';
import { RecordPayment } from './RecordPayment';
import { SubscriptionsPanel } from './SubscriptionsPanel';
import { useOverview } from './useOverview';

/** What is being paid: one invoice, or whatever is oldest. */
type Paying = { invoice: Invoice | null } | null;

/** A customer's whole story on one page. */
export function CustomerPage() {
  const { customerId = '' } = useParams();
  const { data, error, refetch, watch, changed } = useOverview(customerId);
  const mayWrite = useMay('write');
  const mayAdminister = useMay('administer');
  const [paying, setPaying] = useState<Paying>(null);
  const [issuing, setIssuing] = useState(false);
  const [opening, setOpening] = useState(false);
  return (
    <>
      <PageHeader
        title={
          <Group gap="xs">
            <ActionIcon
              component={Link}
              to="/customers"
              variant="subtle"
              color="gray"
              aria-label="All customers"
            >
              <Icon name="back" />
            </ActionIcon>
            {data?.customer?.name ?? 'Customer'}
            {data?.customer && (
              <StatusBadge status={data.customer.active ? 'active' : 'inactive'} />
            )}
          </Group>
        }
      >
        <Button component={Link} to={`/customers/${customerId}/statement`} variant="default">
          Statement
        </Button>
        {mayAdminister && data && (
          <Button variant="default" onClick={() => setOpening(true)}>
            Open a case
          </Button>
        )}
        {mayWrite && data && (
          <>
            <Button variant="default" onClick={() => setIssuing(true)}>
              Issue an invoice
            </Button>
            <Button onClick={() => setPaying({ invoice: null })}>Record a payment</Button>
          </>
        )}
      </PageHeader>
      <Stack>
        <ProblemAlert error={error} onRetry={() => void refetch()} />
        {data && data.unavailable.length > 0 && (
          <Alert color="yellow" variant="light" title="Some parts cannot be had now">
            {data.unavailable.map(words).join(', ')}. The page goes on asking for them.
          </Alert>
        )}
        {data === undefined ? (
          error === null && <Skeleton height={320} />
        ) : (
          <Story
            overview={data}
            changed={changed}
            onChange={watch}
            onPay={mayWrite ? (invoice) => setPaying({ invoice }) : undefined}
          />
        )}
      </Stack>
      {data && paying !== null && (
        <RecordPayment
          customerId={customerId}
          invoices={data.open_invoices ?? []}
          chosen={paying.invoice}
          onClose={() => setPaying(null)}
          onRecorded={watch}
        />
      )}
      {data && opening && (
        <OpenCase
          customerId={customerId}
          lines={(data.lines ?? []).map(({ line }) => line)}
          onClose={() => setOpening(false)}
        />
      )}
      {data && issuing && (
        <IssueInvoice
          customerId={customerId}
          lines={(data.lines ?? []).map(({ line }) => line)}
          onClose={() => setIssuing(false)}
          onIssued={watch}
        />
      )}
    </>
  );
}

interface StoryProps {
  overview: Overview;
  changed: ReadonlySet<string>;
  onChange: () => void;
  onPay?: (invoice: Invoice) => void;
}

function Story({ overview, changed, onChange, onPay }: StoryProps) {
  const { customer, lines, open_invoices, payments, credits, decisions, more } = overview;
  return (
    <Grid>
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack>
          <LinesPanel
            customerId={customer?.id}
            lines={lines}
            changed={changed}
            onChange={onChange}
            more={more.includes('lines')}
          />
          {customer && <SubscriptionsPanel customerId={customer.id} lines={lines} />}
          <OpenInvoices
            invoices={open_invoices}
            onPay={onPay}
            allAt={`/invoices?customer_id=${customer?.id ?? ''}`}
            more={more.includes('open_invoices')}
          />
          <PaymentsPanel payments={payments} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack>
          <CustomerCard customer={customer} credits={credits} />
          <DecisionTimeline
            customerId={customer?.id}
            decisions={decisions}
            more={more.includes('decisions')}
          />
          {customer && <Inbox customerId={customer.id} />}
        </Stack>
      </Grid.Col>
    </Grid>
  );
}
