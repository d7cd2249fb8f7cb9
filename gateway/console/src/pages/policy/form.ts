/** A policy as a form: what is typed, made of a document and made into one. */
import type { PolicyDocument, Stage } from '../../api/collections';
import { decimalText } from '../../ui/given';

export interface StageValues {
  code: string;
  kind: Stage['kind'];
  day: number | string;
  channel: Stage['channel'];
  rule: string;
  /** JSON, or nothing. */
  when: string;
}

export interface PolicyValues {
  name: string;
  active: boolean;
  scope: PolicyDocument['scope'];
  grace_days: number | string;
  minimum: string;
  restore: PolicyDocument['restore']['rule'];
  threshold: string;
  hasCalendar: boolean;
  weekdays: string[];
  opens: string;
  closes: string;
  holidays: boolean;
  zone: 'organization' | 'customer';
  stages: StageValues[];
  /** JSON: segments. */
  segments: string;
  /** JSON: reminders, contact, promises, pauses, safety. */
  rest: string;
}

/** A policy to begin with: reminded before, warned after, cut off in the second week. */
export const BEGINNING: PolicyDocument = {
  active: true,
  scope: 'line',
  grace_days: 0,
  minimum_debt: null,
  restore: { rule: 'below_threshold', threshold: null },
  calendar: null,
  stages: [
    { code: 'remind', kind: 'remind', day: -3 },
    { code: 'warn', kind: 'warn', day: 3 },
    { code: 'suspend', kind: 'suspend', day: 10 },
  ],
  segments: [],
  reminders: {
    channels: ['inbox', 'email'],
    overdue_every_days: null,
    overdue_until_days: 30,
    quiet_from: '21:00:00',
    quiet_until: '08:00:00',
  },
  contact: {
    weekdays: [1, 2, 3, 4, 5, 6],
    opens: '08:00:00',
    closes: '20:00:00',
    calls_per_week: 3,
    messages_per_day: 2,
  },
  promises: { per_year: 4, most_days_ahead: 15 },
  pauses: { most_days: 14 },
  safety: null,
};

export function valuesOf(name: string, document: PolicyDocument): PolicyValues {
  const { calendar, reminders, contact, promises, pauses, safety } = document;
  return {
    name,
    active: document.active,
    scope: document.scope,
    grace_days: document.grace_days,
    minimum: document.minimum_debt?.amount ?? '',
    restore: document.restore.rule,
    threshold: document.restore.threshold?.amount ?? '',
    hasCalendar: calendar != null,
    weekdays: (calendar?.weekdays ?? [1, 2, 3, 4, 5]).map(String),
    opens: (calendar?.opens ?? '09:00').slice(0, 5),
    closes: (calendar?.closes ?? '').slice(0, 5),
    holidays: calendar?.holidays ?? true,
    zone: calendar?.zone ?? 'organization',
    stages: document.stages.map((stage) => ({
      code: stage.code,
      kind: stage.kind,
      day: stage.day,
      channel: stage.channel ?? null,
      rule: stage.rule ?? '',
      when: stage.when ? JSON.stringify(stage.when) : '',
    })),
    segments: written(document.segments),
    rest: written({ reminders, contact, promises, pauses, safety: safety ?? null }),
  };
}

/** The document of what is typed; `before` gives what the form does not show. */
export function documentOf(values: PolicyValues, before: PolicyDocument): PolicyDocument {
  const money = (amount: string, currency?: string | null) =>
    amount.trim() ? { amount: decimalText(amount), ...(currency && { currency }) } : null;
  const thresholds = values.restore === 'below_threshold';
  return {
    ...before,
    ...(JSON.parse(values.rest || '{}') as Partial<PolicyDocument>),
    active: values.active,
    scope: values.scope,
    grace_days: Number(values.grace_days),
    minimum_debt: money(values.minimum, before.minimum_debt?.currency),
    restore: {
      rule: values.restore,
      threshold: thresholds ? money(values.threshold, before.restore.threshold?.currency) : null,
    },
    calendar: values.hasCalendar
      ? {
          days: before.calendar?.days ?? [],
          weekdays: values.weekdays.map(Number),
          opens: values.opens || '00:00',
          closes: values.closes || null,
          holidays: values.holidays,
          zone: values.zone,
        }
      : null,
    stages: values.stages.map(({ code, kind, day, channel, rule, when }) => ({
      code: code.trim(),
      kind,
      day: Number(day),
      channel: kind === 'remind' || kind === 'warn' ? channel : null,
      rule: kind === 'late_fee' ? rule.trim() || null : null,
      when: when.trim() ? (JSON.parse(when) as Record<string, unknown>) : null,
    })),
    segments: JSON.parse(values.segments || '[]') as PolicyDocument['segments'],
  };
}

const PLACES: [RegExp, string][] = [
  [/^document\.minimum_debt/, 'minimum'],
  [/^document\.restore\.threshold/, 'threshold'],
  [/^document\.restore/, 'restore'],
  [/^document\.calendar\.(weekdays|opens|closes|holidays|zone)/, '$1'],
  [/^document\.segments/, 'segments'],
  [/^document\.(reminders|contact|promises|pauses|safety)/, 'rest'],
  [/^document\.(stages\.\d+\.\w+)/, '$1'],
  [/^document\.(stages\.\d+)$/, '$1.code'],
  [/^document\./, ''],
];

/** The field of a place in what was sent; a JSON field says the place itself, too. */
export function fieldOf(place: string): string {
  const found = PLACES.find(([pattern]) => pattern.test(place));
  if (found === undefined) return place;
  const [pattern, field] = found;
  if (field === 'segments' || field === 'rest' || field === 'minimum') return field;
  const match = pattern.exec(place);
  return field === '' ? place.slice('document.'.length) : field.replace('$1', match?.[1] ?? '');
}

/** What is wrong with JSON as it was typed; null when nothing is. */
export function jsonGiven(text: string): string | null {
  if (!text.trim()) return null;
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : 'Not JSON';
  }
}

function written(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
