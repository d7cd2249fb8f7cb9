import type { Role } from '../../api/types';

/** The roles a user of an organization can have, the most powerful first. */
export const ROLES = ['org_admin', 'clerk', 'collector', 'read_only'] as const satisfies Role[];

const NAMES: Record<Role, { name: string; may: string }> = {
  platform_admin: { name: 'platform administrator', may: 'Sees and does everything everywhere.' },
  org_admin: { name: 'administrator', may: 'Does everything within the organization.' },
  clerk: { name: 'clerk', may: 'Customers, invoices, payments and files; no decisions on policy.' },
  collector: { name: 'collector', may: 'Works at the desk, on the cases assigned to them.' },
  read_only: { name: 'auditor (reads only)', may: 'Sees everything and changes nothing.' },
};

export function roleName(role: Role): string {
  return NAMES[role].name;
}

/** What a role may do, in a sentence. */
export function roleMay(role: Role): string {
  return NAMES[role].may;
}
