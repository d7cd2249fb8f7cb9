import { useQuery } from '@tanstack/react-query';

import { api, taken } from '../api/client';
import type { Clock, Organization, Role, User } from '../api/types';
import { useSession } from './useSession';

/** The organization the user acts within; undefined until it is known, or when there is none. */
export function useOrganization(): Organization | undefined {
  const id = useSession()?.organizationId ?? null;
  return useQuery({
    queryKey: ['organization', id],
    queryFn: () => taken<Organization>(api.GET('/api/v1/organizations/current')),
    enabled: id !== null,
    staleTime: 60_000,
  }).data;
}

/** What time it is for the organization: a sandbox may live in its own future. */
export function useClock(): Clock | undefined {
  const id = useSession()?.organizationId ?? null;
  return useQuery({
    queryKey: ['clock', id],
    queryFn: () =>
      taken<Clock>(
        api.GET('/api/v1/organizations/{organization_id}/clock', {
          params: { path: { organization_id: id ?? '' } },
        }),
      ),
    enabled: id !== null,
    refetchInterval: 30_000,
  }).data;
}

const MAY: Record<string, readonly Role[]> = {
  /** Customers, lines, invoices, payments, imports. */
  write: ['platform_admin', 'org_admin', 'clerk'],
  /** Work cases: notes, calls, agreements. */
  collect: ['platform_admin', 'org_admin', 'collector'],
  /** See figures and have them as files. */
  measure: ['platform_admin', 'org_admin', 'clerk', 'read_only'],
  /** Move a sandbox's clock. */
  administer: ['platform_admin', 'org_admin'],
  /** See organizations, dead letters, outboxes. */
  operate: ['platform_admin'],
};

/** Whether the user's role allows something. The server decides; this only hides the button. */
export function useMay(what: 'write' | 'collect' | 'measure' | 'administer' | 'operate'): boolean {
  const user: User | undefined = useSession()?.tokens.user;
  return user !== undefined && (MAY[what]?.includes(user.role) ?? false);
}
