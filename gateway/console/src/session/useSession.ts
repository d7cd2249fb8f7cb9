import { useSyncExternalStore } from 'react';

import { session, subscribe, type Session } from '../api/session';

/** The session of this tab, null when nobody is logged in. */
export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, session);
}
