import { Navigate } from 'react-router';

import { useSession } from '../session/useSession';

/** Where a user begins: a collector at the desk, everybody else with the dashboard. */
export function Home() {
  const role = useSession()?.tokens.user.role;
  return <Navigate to={role === 'collector' ? '/desk' : '/dashboard'} replace />;
}
