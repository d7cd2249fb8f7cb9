import { NavLink } from '@mantine/core';
import { Link, useLocation } from 'react-router';

import { useMay } from '../session/organization';
import { useSession } from '../session/useSession';
import { Icon, type IconName } from '../ui/icons';

interface Place {
  to: string;
  label: string;
  icon: IconName;
}

const WITHIN: Place[] = [
  { to: '/dashboard', label: 'Dashboard', icon: 'dashboard' },
  { to: '/customers', label: 'Customers', icon: 'customers' },
  { to: '/invoices', label: 'Invoices', icon: 'invoices' },
  { to: '/payments', label: 'Payments', icon: 'payments' },
  { to: '/desk', label: 'Desk', icon: 'desk' },
  { to: '/decisions', label: 'Decisions', icon: 'decisions' },
  { to: '/runs', label: 'Runs', icon: 'clock' },
  { to: '/reminders', label: 'Reminders', icon: 'reminders' },
  { to: '/imports', label: 'Imports', icon: 'imports' },
];
/** A collector works at the desk and needs nothing else. */
const AT_THE_DESK = WITHIN.filter(({ to }) => to === '/desk');
const OPERATING: Place[] = [
  { to: '/organizations', label: 'Organizations', icon: 'organizations' },
];
const HEALTH: Place = { to: '/platform', label: 'Platform', icon: 'platform' };

export function Navigation() {
  const { pathname } = useLocation();
  const operates = useMay('operate');
  const session = useSession();
  const chosen = session?.organizationId != null;
  const within = session?.tokens.user.role === 'collector' ? AT_THE_DESK : WITHIN;
  const places = [...(chosen ? within : []), ...(operates ? OPERATING : []), HEALTH];
  return (
    <nav aria-label="Main">
      {places.map(({ to, label, icon }) => {
        const here = pathname === to || pathname.startsWith(`${to}/`);
        return (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon name={icon} />}
            active={here}
            aria-current={here ? 'page' : undefined}
            style={{ borderRadius: 'var(--mantine-radius-sm)' }}
          />
        );
      })}
    </nav>
  );
}
