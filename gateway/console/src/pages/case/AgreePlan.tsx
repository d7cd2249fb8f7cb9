import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';

import { api, taken } from '../../api/client';
import type { PlanIn } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { Icon } from '../../ui/icons';
import { useDoing } from '../../ui/useDoing';
import { daysAfter, type Asked } from './asked';
import { added } from './sum';

type Every = NonNullable<PlanIn['schedule']>['every'];

const EVERY: { value: Every; label: string }[] = [
  { value: 'week', label: 'week' },
  { value: 'fortnight', label: 'fortnight' },
  { value: 'month', label: 'month' },
];

/** A payment plan: equal instalments, or each with its own day and amount. */
export function AgreePlan({ of: shown, onClose, onDone }: Asked) {
  const { currency } = shown.debt;
  const first = daysAfter(shown.today, 7);
  const form = useForm({
    initialValues: {
      by: 'schedule' as 'schedule' | 'instalments',
      count: 3,
      every: 'month' as Every,
      first_on: first,
      instalments: [{ due_on: first, amount: shown.debt.amount }],
      fee: '',
      grace_days: 0,
      note: '',
    },
    validate: {
      fee: (fee) => (fee.trim() ? amountGiven(fee) : null),
      instalments: {
        amount: (amount, { by }) => (by === 'instalments' ? amountGiven(amount) : null),
        due_on: (day, { by }) => (by === 'instalments' && !day ? 'When?' : null),
      },
    },
  });
  const doing = useDoing({
    said: 'The plan is agreed.',
    onClose,
    onDone,
    send: (body: PlanIn, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/plans', {
          params: { path: { case_id: shown.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  const { by, instalments, fee } = form.values;
  const submit = (values: typeof form.values) =>
    doing.mutate({
      grace_days: values.grace_days,
      note: values.note.trim() || null,
      fee: values.fee.trim() ? { amount: decimalText(values.fee), currency } : null,
      ...(by === 'schedule'
        ? { schedule: { count: values.count, every: values.every, first_on: values.first_on } }
        : {
            instalments: values.instalments.map(({ due_on, amount }) => ({
              due_on,
              amount: { amount: decimalText(amount), currency },
            })),
          }),
    });
  const wanted = added([shown.debt.amount, fee]);
  const given = added(instalments.map(({ amount }) => amount));
  return (
    <FormModal
      title={`Payment plan for ${shown.debt.amount} ${currency}`}
      submit="Agree on the plan"
      disabled={by === 'instalments' && wanted !== given}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(submit)}
    >
      <SegmentedControl
        aria-label="How"
        data={[
          { value: 'schedule', label: 'Equal instalments' },
          { value: 'instalments', label: 'One by one' },
        ]}
        {...form.getInputProps('by')}
      />
      {by === 'schedule' ? (
        <Group grow align="start">
          <NumberInput label="Instalments" min={1} max={60} {...form.getInputProps('count')} />
          <Select
            label="One every"
            allowDeselect={false}
            data={EVERY}
            {...form.getInputProps('every')}
          />
          <TextInput
            label="The first on"
            type="date"
            min={shown.today}
            {...form.getInputProps('first_on')}
          />
        </Group>
      ) : (
        <Stack gap={6}>
          {instalments.map((_, at) => (
            <Group key={at} grow align="end" preventGrowOverflow={false} wrap="nowrap">
              <TextInput
                aria-label={`Day of instalment ${at + 1}`}
                type="date"
                min={shown.today}
                {...form.getInputProps(`instalments.${at}.due_on`)}
              />
              <TextInput
                aria-label={`Amount of instalment ${at + 1}`}
                inputMode="decimal"
                {...form.getInputProps(`instalments.${at}.amount`)}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                flex="0 0 auto"
                disabled={instalments.length === 1}
                aria-label={`Without instalment ${at + 1}`}
                onClick={() => form.removeListItem('instalments', at)}
              >
                <Icon name="cross" size={14} />
              </ActionIcon>
            </Group>
          ))}
          <Group justify="space-between">
            <Button
              variant="default"
              size="compact-xs"
              onClick={() =>
                form.insertListItem('instalments', {
                  due_on: daysAfter(instalments.at(-1)?.due_on ?? first, 30),
                  amount: '',
                })
              }
            >
              One more
            </Button>
            <Text fz="xs" c={wanted === given ? 'dimmed' : 'red.8'}>
              {given} of {wanted} {currency}
            </Text>
          </Group>
        </Stack>
      )}
      <Group grow align="start">
        <TextInput label={`Fee, ${currency}`} placeholder="None" {...form.getInputProps('fee')} />
        <NumberInput label="Days of grace" min={0} max={30} {...form.getInputProps('grace_days')} />
      </Group>
      <TextInput label="Note" {...form.getInputProps('note')} />
    </FormModal>
  );
}
