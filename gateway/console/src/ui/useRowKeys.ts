import { useHotkeys } from '@mantine/hooks';

const ROWS = 'tbody tr[tabindex]';

/** A list by keyboard: j goes down, k goes up, Enter opens the row. Not while something is typed. */
export function useRowKeys(): void {
  const go = (by: 1 | -1) => {
    const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = at === -1 ? (by === 1 ? 0 : rows.length - 1) : at + by;
    rows[next]?.focus();
    rows[next]?.scrollIntoView({ block: 'nearest' });
  };
  useHotkeys([
    ['j', () => go(1)],
    ['k', () => go(-1)],
  ]);
}
