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
  { to: '/decisions', label: 'Decisions', icon: 'decisions' },
  { to: '/imports', label: 'Imports', icon: 'imports' },
];
const OPERATING: Place[] = [
  { to: '/organizations', label: 'Organizations', icon: 'organizations' },
];
const HEALTH: Place = { to: '/platform', label: 'Platform', icon: 'platform' };

export function Navigation() {
  const { pathname } = useLocation();
  const operates = useMay('operate');
  const chosen = useSession()?.organizationId != null;
  const places = [...(chosen ? WITHIN : []), ...(operates ? OPERATING : []), HEALTH];
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
