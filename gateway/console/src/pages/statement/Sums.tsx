import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';

import type { Statement } from '../../api/money';
import { Amount } from '../../ui/Amount';
import { Facts } from '../../ui/Facts';
import { useFormat } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';

/** How a statement comes from what was owed before to what is owed at its end. */
export function Sums({ statement }: { statement: Statement }) {
  const format = useFormat();
  const moved = statement.kinds.map(({ kind, count, amount }): [string, ReactNode] => [
    `${words(kind)}, ${format.number(count)}`,
    <Amount key={kind} of={amount} />,
  ]);
  return (
    <Stack>
      <Panel title="In all">
        <Facts
          label="In all"
          rows={[
            ['Opening', <Amount key="opening" of={statement.opening} strong />],
            ...moved,
            ['Closing', <Amount key="closing" of={statement.closing} strong />],
          ]}
        />
      </Panel>
      <Panel title={`On ${format.date(statement.until)}`}>
        <Facts
          label="On the last day"
          rows={[
            ['Open', <Amount key="open" of={statement.open} strong quietZero />],
            ['Of it overdue', <Amount key="overdue" of={statement.overdue} quietZero />],
            ['Account credit', <Amount key="credit" of={statement.credit} quietZero />],
            ['Known', format.instant(statement.known_at)],
          ]}
        />
      </Panel>
    </Stack>
  );
}
