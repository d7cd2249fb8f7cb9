/** What people type into a field, checked and made what the API takes. */
const DECIMAL = /^\d+([.,]\d+)?$/;

/** What is wrong with an amount as it was typed; null when nothing is. */
export function amountGiven(value: string): string | null {
  return DECIMAL.test(value.trim()) ? null : 'An amount, like 25.00';
}

/** What is wrong with a number as it was typed; null when nothing is. */
export function numberGiven(value: string): string | null {
  return DECIMAL.test(value.trim()) ? null : 'A number';
}

/** A decimal as the API takes it: a point before the decimals. */
export function decimalText(value: string): string {
  return value.trim().replace(',', '.');
}
