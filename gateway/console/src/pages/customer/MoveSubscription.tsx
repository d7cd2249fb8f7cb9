import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, asSeen, taken } from '../../api/client';
import type { Subscription } from '../../api/money';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

export type Move = 'pause' | 'resume' | 'cancel';

const SAYS: Record<Move, { title: string; said: string }> = {
  pause: { title: 'Pause', said: 'The subscription is paused.' },
  resume: { title: 'Resume', said: 'The subscription goes on.' },
  cancel: { title: 'Cancel the subscription', said: 'The subscription ends.' },
};

interface Props {
  subscription: Subscription;
  move: Move;
  onClose: () => void;
  onDone: () => void;
}

/** Pauses, resumes or ends a subscription from a day on. */
export function MoveSubscription({ subscription, move, onClose, onDone }: Props) {
  const { title, said } = SAYS[move];
  const form = useForm({ initialValues: { on: '', reason: '' } });
  const doing = useDoing({
    said,
    onClose,
    onDone,
    send: (body: { on: string | null; reason: string | null }, key) =>
      taken(
        api.POST(`/api/v1/subscriptions/{subscription_id}/${move}`, {
          params: {
            path: { subscription_id: subscription.id },
            header: { 'Idempotency-Key': key, ...asSeen(subscription) },
          },
          body,
        }),
      ),
  });
  return (
    <FormModal
      title={`${title}: ${subscription.plan_name ?? ''}`}
      submit={title}
      back="Back"
      danger={move === 'cancel'}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ on, reason }) =>
        doing.mutate({ on: on || null, reason: reason.trim() || null }),
      )}
    >
      <TextInput
        label="From"
        type="date"
        description="Empty is today"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...form.getInputProps('on')}
      />
      <TextInput label="Reason" data-autofocus {...form.getInputProps('reason')} />
    </FormModal>
  );
}
