import { AppShell, Burger, Group, Loader, Center } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';

import { useSession } from '../session/useSession';
import { Brand } from './Brand';
import { Navigation } from './Navigation';
import { OrganizationHead } from './OrganizationHead';
import { UserMenu } from './UserMenu';

/** Pages that make sense for a platform_admin who has chosen no organization. */
const WITHOUT_ORGANIZATION = ['/organizations', '/platform'];

/** What stands around every page; sends those who are not logged in to the login. */
export function Shell() {
  const session = useSession();
  const { pathname, search } = useLocation();
  const [opened, { toggle, close }] = useDisclosure();
  if (session === null) {
    return <Navigate to="/login" replace state={{ from: pathname + search }} />;
  }
  if (session.organizationId === null && !WITHOUT_ORGANIZATION.includes(pathname)) {
    return <Navigate to="/organizations" replace />;
  }
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Navigation"
            />
            <Brand />
          </Group>
          <Group gap="md" wrap="nowrap">
            <OrganizationHead />
            <UserMenu user={session.tokens.user} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" onClick={close}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main>
        <Suspense
          fallback={
            <Center py="xl">
              <Loader size="sm" />
            </Center>
          }
        >
          <Outlet key={session.organizationId} />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}
