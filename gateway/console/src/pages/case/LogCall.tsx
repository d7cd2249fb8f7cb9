import { Alert, Group, Select, SegmentedControl, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { CallIn, CallOutcome, ContactChannel } from '../../api/collections';
import { asProblem } from '../../api/problem';
import { FormModal } from '../../ui/FormModal';
import { words } from '../../ui/status';
import { useDoing } from '../../ui/useDoing';
import type { Asked } from './asked';

const CHANNELS: ContactChannel[] = ['call', 'email', 'sms', 'whatsapp', 'visit'];
const OUTCOMES: CallOutcome[] = [
  'reached',
  'no_answer',
  'left_message',
  'call_back',
  'refused',
  'wrong_person',
];

/** Writes down a contact and how it went. One that a rule forbids is refused by the rule's name. */
export function LogCall({ of: shown, onClose, onDone }: Asked) {
  const form = useForm({
    initialValues: {
      channel: 'call' as ContactChannel,
      direction: 'outbound' as NonNullable<CallIn['direction']>,
      outcome: 'reached' as CallOutcome,
      note: '',
    },
  });
  const doing = useDoing({
    said: 'It is written down.',
    onClose,
    onDone,
    send: (body: CallIn, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/calls', {
          params: { path: { case_id: shown.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const problem = doing.error === null ? null : asProblem(doing.error);
  const broken = problem?.slug === 'contact-rule-broken' ? problem : null;
  return (
    <FormModal
      title={`Contact with ${shown.customer_name ?? 'the customer'}`}
      submit="Write it down"
      busy={doing.isPending}
      error={broken === null ? doing.error : null}
      onClose={onClose}
      onSubmit={form.onSubmit(({ note, ...rest }) =>
        doing.mutate({ ...rest, note: note.trim() || null }),
      )}
    >
      <SegmentedControl
        aria-label="Who began it"
        data={[
          { value: 'outbound', label: 'We contacted them' },
          { value: 'inbound', label: 'They contacted us' },
        ]}
        {...form.getInputProps('direction')}
      />
      <Group grow align="start">
        <Select
          label="By"
          allowDeselect={false}
          data={CHANNELS.map((value) => ({ value, label: words(value) }))}
          {...form.getInputProps('channel')}
        />
        <Select
          label="Outcome"
          allowDeselect={false}
          data={OUTCOMES.map((value) => ({ value, label: words(value) }))}
          {...form.getInputProps('outcome')}
        />
      </Group>
      <Textarea label="Note" autosize minRows={2} data-autofocus {...form.getInputProps('note')} />
      {broken !== null && (
        <Alert
          color="orange"
          variant="light"
          role="alert"
          title={`Against the rule: ${String(broken.members.rule)}`}
        >
          <Text fz="sm">{broken.message}</Text>
        </Alert>
      )}
    </FormModal>
  );
}
