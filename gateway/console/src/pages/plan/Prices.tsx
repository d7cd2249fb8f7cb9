import { Button, CloseButton, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';

import { api, asSeen, taken } from '../../api/client';
import type { Plan } from '../../api/money';
import { useMay, useOrganization } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { FormModal } from '../../ui/FormModal';
import { amountGiven, decimalText } from '../../ui/given';
import { refused, told } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { useDoing } from '../../ui/useDoing';

interface Props {
  plan: Plan;
  onChange: () => void;
}

/** A plan's prices: each holds from its day until the next. */
export function Prices({ plan, onChange }: Props) {
  const format = useFormat();
  const mayWrite = useMay('write');
  const [adding, { open, close }] = useDisclosure();
  const removing = useMutation({
    mutationFn: (starts_on: string) =>
      taken(
        api.DELETE('/api/v1/plans/{plan_id}/prices/{starts_on}', {
          params: { path: { plan_id: plan.id, starts_on }, header: asSeen(plan) },
        }),
      ),
    onError: refused,
    onSuccess: () => {
      told('The price is gone.');
      onChange();
    },
  });
  return (
    <Panel
      title="Prices"
      aside={
        mayWrite && (
          <Button variant="default" size="compact-xs" onClick={open}>
            New price
          </Button>
        )
      }
    >
      <DataTable
        label="Prices"
        minWidth={220}
        rows={[...plan.prices].reverse()}
        rowKey={({ starts_on }) => starts_on}
        empty={<Empty title="No price yet" />}
        columns={[
          { title: 'From', cell: ({ starts_on }) => format.date(starts_on) },
          { title: 'Price', right: true, cell: ({ price }) => <Amount of={price} /> },
          {
            title: '',
            right: true,
            width: 40,
            cell: ({ starts_on }) =>
              mayWrite &&
              plan.prices.length > 1 && (
                <CloseButton
                  size="xs"
                  aria-label={`Take back the price from ${starts_on}`}
                  onClick={() => removing.mutate(starts_on)}
                />
              ),
          },
        ]}
      />
      {adding && <NewPrice plan={plan} onClose={close} onDone={onChange} />}
    </Panel>
  );
}

function NewPrice({
  plan,
  onClose,
  onDone,
}: {
  plan: Plan;
  onClose: () => void;
  onDone: () => void;
}) {
  const currency = useOrganization()?.currency ?? '';
  const form = useForm({
    initialValues: { starts_on: '', price: plan.price?.amount ?? '' },
    validate: { starts_on: (value) => (value ? null : 'From which day?'), price: amountGiven },
  });
  const doing = useDoing({
    said: 'The price is set.',
    onClose,
    onDone,
    send: ({ starts_on, amount }: { starts_on: string; amount: string }) =>
      taken(
        api.PUT('/api/v1/plans/{plan_id}/prices/{starts_on}', {
          params: { path: { plan_id: plan.id, starts_on }, header: asSeen(plan) },
          body: { price: { amount, currency } },
        }),
      ),
  });
  return (
    <FormModal
      title={`New price of ${plan.name}`}
      submit="Set the price"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ starts_on, price }) =>
        doing.mutate({ starts_on, amount: decimalText(price) }),
      )}
    >
      <TextInput label="From" type="date" {...form.getInputProps('starts_on')} />
      <TextInput label={`Price, ${currency}`} data-autofocus {...form.getInputProps('price')} />
    </FormModal>
  );
}
