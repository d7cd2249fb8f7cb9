import { NavLink, Text } from '@mantine/core';
import { Link, useLocation } from 'react-router';

import { useMay } from '../session/organization';
import { useSession } from '../session/useSession';
import { Icon, type IconName } from '../ui/icons';

interface Place {
  to: string;
  label: string;
  icon: IconName;
}

interface Group {
  /** Null: no words above it. */
  title: string | null;
  places: Place[];
}

const WITHIN: Group[] = [
  { title: null, places: [{ to: '/dashboard', label: 'Dashboard', icon: 'dashboard' }] },
  {
    title: 'Billing',
    places: [
      { to: '/customers', label: 'Customers', icon: 'customers' },
      { to: '/invoices', label: 'Invoices', icon: 'invoices' },
      { to: '/plans', label: 'Plans', icon: 'plans' },
      { to: '/bill-runs', label: 'Bill runs', icon: 'runs' },
    ],
  },
  {
    title: 'Money',
    places: [
      { to: '/payments', label: 'Payments', icon: 'payments' },
      { to: '/deposit-accounts', label: 'Deposit accounts', icon: 'deposits' },
    ],
  },
  {
    title: 'Collections',
    places: [
      { to: '/desk', label: 'Desk', icon: 'desk' },
      { to: '/decisions', label: 'Decisions', icon: 'decisions' },
      { to: '/policy', label: 'Policy', icon: 'policy' },
      { to: '/runs', label: 'Runs', icon: 'clock' },
      { to: '/reminders', label: 'Reminders', icon: 'reminders' },
      { to: '/figures', label: 'Figures', icon: 'figures' },
    ],
  },
];
/** A collector works at the desk and needs nothing else. */
const AT_THE_DESK: Group[] = WITHIN.map(({ places }) => ({
  title: null,
  places: places.filter(({ to }) => to === '/desk'),
})).filter(({ places }) => places.length > 0);
const IMPORTS: Place = { to: '/imports', label: 'Imports', icon: 'imports' };
const SETTINGS: Place = { to: '/settings', label: 'Settings', icon: 'settings' };
const USERS: Place = { to: '/users', label: 'Users', icon: 'users' };
const ORGANIZATIONS: Place = {
  to: '/organizations',
  label: 'Organizations',
  icon: 'organizations',
};
const PLATFORM: Place = { to: '/platform', label: 'Platform', icon: 'platform' };

export function Navigation() {
  const operates = useMay('operate');
  const administers = useMay('administer');
  const session = useSession();
  const chosen = session?.organizationId != null;
  const collects = session?.tokens.user.role === 'collector';
  const within = collects ? AT_THE_DESK : WITHIN;
  const rest = [
    ...(chosen && !collects ? [IMPORTS] : []),
    ...(chosen && administers ? [SETTINGS, USERS] : []),
    ...(operates ? [ORGANIZATIONS] : []),
    PLATFORM,
  ];
  const groups = [...(chosen ? within : []), { title: chosen ? 'System' : null, places: rest }];
  return (
    <nav aria-label="Main" style={{ overflowY: 'auto' }}>
      {groups.map(({ title, places }) => (
        <div key={title ?? places[0]?.to} role="group" aria-label={title ?? undefined}>
          {title !== null && (
            <Text fz="xs" fw={600} c="dimmed" px="sm" pt="xs" pb={2}>
              {title}
            </Text>
          )}
          {places.map((place) => (
            <Way key={place.to} {...place} />
          ))}
        </div>
      ))}
    </nav>
  );
}

function Way({ to, label, icon }: Place) {
  const { pathname } = useLocation();
  const here = pathname === to || pathname.startsWith(`${to}/`);
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      leftSection={<Icon name={icon} />}
      active={here}
      aria-current={here ? 'page' : undefined}
      py={6}
      style={{ borderRadius: 'var(--mantine-radius-sm)' }}
    />
  );
}
