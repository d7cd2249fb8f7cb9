/** Numbers, dates and money as the organization's country writes them. */
import { useMemo } from 'react';

import { useOrganization } from '../session/organization';
import type { Money } from '../api/types';

export interface Format {
  number: (value: number) => string;
  /** The amount alone, with as many decimals as its currency has. */
  amount: (money: Money) => string;
  /** The amount and its currency. */
  money: (money: Money) => string;
  /** A plain date, `2026-11-30`. */
  date: (day: string | null | undefined) => string;
  /** The day of an instant, on the organization's calendar. */
  day: (at: string | null | undefined) => string;
  /** An instant, on the organization's wall clock. */
  instant: (at: string | null | undefined) => string;
}

export const NOTHING = '–';

export function useFormat(): Format {
  const organization = useOrganization();
  const locale = organization?.locale;
  const zone = organization?.time_zone;
  return useMemo(() => format(locale ?? 'en', zone), [locale, zone]);
}

/** A format for a locale such as `es_EC` and an IANA time zone. */
export function format(locale: string, timeZone: string | undefined): Format {
  const tag = locale.replace('_', '-');
  const numbers = new Intl.NumberFormat(tag);
  const days = new Intl.DateTimeFormat(tag, {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const daysOf = new Intl.DateTimeFormat(tag, {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    timeZone,
  });
  const instants = new Intl.DateTimeFormat(tag, {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
  });
  const amount = (money: Money) => {
    const digits = (money.amount.split('.')[1] ?? '').length;
    return new Intl.NumberFormat(tag, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(money.amount as Intl.StringNumericLiteral);
  };
  return {
    number: (value) => numbers.format(value),
    amount,
    money: (money) => `${amount(money)} ${money.currency}`,
    date: (day) => (day ? unbroken(days.format(new Date(`${day}T00:00:00Z`))) : NOTHING),
    day: (at) => (at ? unbroken(daysOf.format(new Date(at))) : NOTHING),
    instant: (at) => (at ? unbroken(instants.format(new Date(at))) : NOTHING),
  };
}

/** A date stays on one line. */
function unbroken(text: string): string {
  return text.replace(/\s/g, '\u00a0');
}

/** Whether an amount of money is nothing. Amounts are decimal text: no floating point here. */
export function isZero(money: Money): boolean {
  return !/[1-9]/.test(money.amount);
}
