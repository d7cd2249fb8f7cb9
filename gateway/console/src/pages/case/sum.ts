import { decimalText } from '../../ui/given';

/** Decimal texts added up exactly; what is no number yet counts for nothing. */
export function added(amounts: string[]): string {
  const parts = amounts.map(decimalText).map((text) => (/^\d+(\.\d+)?$/.test(text) ? text : '0'));
  const digits = Math.max(2, ...parts.map((text) => (text.split('.')[1] ?? '').length));
  const total = parts.reduce((sum, text) => {
    const [whole = '0', rest = ''] = text.split('.');
    return sum + BigInt(whole + rest.padEnd(digits, '0'));
  }, 0n);
  const text = String(total).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
