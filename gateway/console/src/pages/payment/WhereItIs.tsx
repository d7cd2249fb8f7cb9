import { Progress, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import type { Payment } from '../../api/money';
import type { Money } from '../../api/types';
import { Amount } from '../../ui/Amount';
import { Facts } from '../../ui/Facts';
import { isZero } from '../../ui/format';
import { Panel } from '../../ui/Panel';

/** Where the money of a payment is now, as a bar and in figures. */
export function WhereItIs({ payment }: { payment: Payment }) {
  const parts: { label: string; money: Money; color: string }[] = [
    { label: 'Against invoices', money: payment.allocated, color: 'harbour.6' },
    { label: 'Account credit', money: payment.credited, color: 'teal.5' },
    { label: 'Went back', money: payment.returned, color: 'gray.5' },
  ];
  const there = parts.filter(({ money }) => !isZero(money));
  const whole = Number(payment.amount.amount);
  return (
    <Panel title="Where it is">
      <Stack gap="sm">
        {there.length === 0 ? (
          <Text fz="sm" c="dimmed">
            No money has arrived.
          </Text>
        ) : (
          <Progress.Root size="xl" aria-label="Where it is">
            {there.map(({ label, money, color }) => (
              <Progress.Section
                key={label}
                // A bar's length needs no more than what a float holds.
                value={(100 * Number(money.amount)) / whole}
                color={color}
                aria-label={label}
              >
                <Progress.Label>{label}</Progress.Label>
              </Progress.Section>
            ))}
          </Progress.Root>
        )}
        <Facts
          label="Where it is"
          rows={[
            ['Amount', <Amount key="amount" of={payment.amount} strong />],
            ...parts.map(({ label, money }): [string, ReactNode] => [
              label,
              <Amount key={label} of={money} quietZero />,
            ]),
          ]}
        />
      </Stack>
    </Panel>
  );
}
