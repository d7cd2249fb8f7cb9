import { Text } from '@mantine/core';

import type { Money } from '../api/types';
import { isZero, useFormat } from './format';

interface Props {
  of: Money;
  /** Stands out; money that is due. */
  strong?: boolean;
  /** Steps back when it is zero. */
  quietZero?: boolean;
}

/** Money in a column: digits that align, the currency beside them. */
export function Amount({ of: money, strong = false, quietZero = false }: Props) {
  const format = useFormat();
  return (
    <Text
      span
      fz="inherit"
      fw={strong ? 600 : undefined}
      c={quietZero && isZero(money) ? 'dimmed' : undefined}
      style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
    >
      {format.amount(money)}{' '}
      <Text span fz="0.8em" c="dimmed">
        {money.currency}
      </Text>
    </Text>
  );
}
