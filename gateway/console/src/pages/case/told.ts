import type { Activity } from '../../api/collections';
import { moneyOf, type Format } from '../../ui/format';
import { lookOf, words } from '../../ui/status';

const COLORS: Partial<Record<Activity['kind'], string>> = {
  note: 'gray',
  call: 'harbour',
  contact: 'harbour',
  payment: 'teal',
  promise: 'yellow',
  plan: 'grape',
  offer: 'grape',
  dispute: 'orange',
  pause: 'yellow',
  reminder: 'blue',
};

/** The colour of what happened. */
export function colorOf({ kind, data }: Activity): string {
  if (kind === 'decision') return lookOf(said(data.outcome)).color;
  if (kind === 'stage') return lookOf(said(data.kind)).color;
  return COLORS[kind] ?? 'gray';
}

/** What happened, in a few words. */
export function toldOf({ kind, data }: Activity, format: Format): string {
  const money =
    typeof data.amount_minor === 'number' && typeof data.currency === 'string'
      ? format.money(moneyOf(data.amount_minor, data.currency))
      : '';
  switch (kind) {
    case 'opened':
      return 'Opened by hand';
    case 'note':
      return 'Note';
    case 'call':
    case 'contact': {
      const way = said(data.channel);
      const from = data.direction === 'inbound' ? 'They contacted us' : 'Contact';
      return `${from} by ${way}: ${words(said(data.outcome))}`;
    }
    case 'moved':
      return `${lookOf(said(data.from)).label} → ${lookOf(said(data.to)).label}`;
    case 'assigned':
      return data.collector ? `Assigned to ${said(data.collector)}` : 'Taken from its collector';
    case 'changed':
      return `Changed: ${Object.keys(data).map(words).join(', ')}`;
    case 'payment':
      return money.startsWith('-') ? `${money.slice(1)} was taken back` : `${money} was paid`;
    case 'promise':
    case 'plan':
    case 'offer':
    case 'dispute': {
      const until = typeof data.until === 'string' ? ` until ${format.date(data.until)}` : '';
      return `${capital(words(kind))} ${words(said(data.what))}: ${money}${until}`;
    }
    case 'pause':
      return data.what === 'ended'
        ? 'Pause ended'
        : `Paused until ${typeof data.until === 'string' ? format.date(data.until) : ''}`;
    case 'stage':
      return `Stage ${said(data.stage)}: ${lookOf(said(data.kind)).label}`;
    case 'decision':
      return `Decision: ${lookOf(said(data.outcome)).label}`;
    case 'reminder':
      return `Reminder${data.kind === undefined ? '' : `: ${words(said(data.kind))}`}`;
  }
}

function said(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
