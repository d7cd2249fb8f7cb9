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

/** Minor units of a currency as the money they are. */
export function moneyOf(minor: number, currency: string): Money {
  const shape = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  const digits = shape.maximumFractionDigits ?? 2;
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const sign = minor < 0 ? '-' : '';
  return { currency, amount: sign + (digits ? `${whole}.${text.slice(-digits)}` : whole) };
}

/** A quotient such as `0.8125` as a share of a hundred. */
export function percent(rate: string | null | undefined): string {
  return rate == null ? NOTHING : `${(Number(rate) * 100).toFixed(1)} %`;
}

/** The beginning of a day of this browser's as an instant, for filters that take instants. */
export function dayStarts(day: string | undefined, plusDays = 0): string | undefined {
  if (!day) return undefined;
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + plusDays).toISOString();
}
