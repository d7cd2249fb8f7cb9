import { Anchor, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import type { CaseDetail, Dispute, Offer, PaymentPlan, PromiseToPay } from '../../api/collections';
import type { Money } from '../../api/types';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { EndAgreement, type Ended } from './EndAgreement';
import { ResolveDispute } from './ResolveDispute';

interface Props {
  promises: PromiseToPay[];
  plans: PaymentPlan[];
  offers: Offer[];
  disputes: Dispute[];
  debts: CaseDetail['debts'];
  onDone: () => void;
}

/** What is agreed and disputed; while one of these is open, the policy's steps are paused. */
export function Agreements({ promises, plans, offers, disputes, debts, onDone }: Props) {
  const format = useFormat();
  const mayCollect = useMay('collect');
  const [ending, setEnding] = useState<Ended | null>(null);
  const [resolving, setResolving] = useState<Dispute | null>(null);
  if (promises.length + plans.length + offers.length + disputes.length === 0) return null;
  const end = (ended: Ended) =>
    mayCollect && ended.status === 'open' ? () => setEnding(ended) : undefined;
  return (
    <Panel title="Agreements and pauses">
      <Stack gap="sm">
        {plans.map((plan) => (
          <Agreement
            key={plan.id}
            status={plan.status}
            title={`Plan of ${plan.instalments.length} until ${format.date(plan.last_due_on)}`}
            amount={plan.amount}
            received={plan.received}
            note={plan.note}
            onEnd={end({ what: 'plans', id: plan.id, version: plan.version, status: plan.status })}
          >
            {plan.fee_invoice_id !== null && (
              <Anchor component={Link} to={`/invoices/${plan.fee_invoice_id}`} fz="xs">
                A fee of {format.money(plan.fee)} is part of it
              </Anchor>
            )}
            {plan.instalments.map(({ number, due_on, amount, covered }) => (
              <Text key={number} fz="xs" c="dimmed">
                {number}. {format.date(due_on)}: {format.money(amount)}
                {covered.amount === amount.amount && ', paid'}
              </Text>
            ))}
          </Agreement>
        ))}
        {promises.map((promise) => (
          <Agreement
            key={promise.id}
            status={promise.status}
            title={`Promise for ${format.date(promise.promised_for)}`}
            amount={promise.amount}
            received={promise.received}
            note={promise.note}
            onEnd={end({
              what: 'promises',
              id: promise.id,
              version: promise.version,
              status: promise.status,
            })}
          />
        ))}
        {offers.map((offer) => (
          <Agreement
            key={offer.id}
            status={offer.status}
            title={`Offer until ${format.date(offer.offered_until)}, instead of ${format.money(offer.debt)}`}
            amount={offer.amount}
            received={offer.received}
            note={offer.note}
            onEnd={end({
              what: 'offers',
              id: offer.id,
              version: offer.version,
              status: offer.status,
            })}
          />
        ))}
        {disputes.map((dispute) => (
          <Agreement
            key={dispute.id}
            status={dispute.status}
            title={`Dispute about ${
              debts.find(({ invoice_id }) => invoice_id === dispute.invoice_id)?.number ??
              'an invoice'
            } since ${format.date(dispute.opened_on)}`}
            amount={dispute.amount}
            note={dispute.resolution ?? dispute.reason}
            ends="Decide…"
            onEnd={
              mayCollect && dispute.status === 'open' ? () => setResolving(dispute) : undefined
            }
          />
        ))}
      </Stack>
      {ending !== null && (
        <EndAgreement of={ending} onClose={() => setEnding(null)} onDone={onDone} />
      )}
      {resolving !== null && (
        <ResolveDispute of={resolving} onClose={() => setResolving(null)} onDone={onDone} />
      )}
    </Panel>
  );
}

interface AgreementProps {
  status: string;
  title: string;
  amount: Money;
  received?: Money;
  note: string | null;
  ends?: string;
  onEnd?: () => void;
  children?: ReactNode;
}

function Agreement(props: AgreementProps) {
  const { status, title, amount, received, note, ends = 'Cancel…', onEnd, children } = props;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Group gap="xs">
          <StatusBadge status={status} />
          <Text fz="sm">{title}</Text>
        </Group>
        <Group gap="xs" wrap="nowrap">
          <Amount of={amount} strong />
          {onEnd && (
            <Button size="compact-xs" variant="default" onClick={onEnd}>
              {ends}
            </Button>
          )}
        </Group>
      </Group>
      {received && (
        <Progress
          mt={4}
          size="xs"
          color="teal"
          aria-label="What of it has come"
          value={(Number(received.amount) / Number(amount.amount)) * 100}
        />
      )}
      {note !== null && (
        <Text fz="xs" c="dimmed">
          {note}
        </Text>
      )}
      {children}
    </div>
  );
}
