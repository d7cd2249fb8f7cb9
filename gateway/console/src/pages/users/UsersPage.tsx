import { Button, Group, Paper, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import type { Page, Role, User } from '../../api/types';
import { useMay } from '../../session/organization';
import { useSession } from '../../session/useSession';
import { Choice } from '../../ui/Choice';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { SearchField } from '../../ui/SearchField';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { EditUser } from './EditUser';
import { NewUser } from './NewUser';
import { ROLES, roleName } from './roles';

/** Who logs in to the organization, and what each may do. */
export function UsersPage() {
  const mayAdminister = useMay('administer');
  return (
    <>
      {mayAdminister ? (
        <Users />
      ) : (
        <>
          <PageHeader title="Users" />
          <Text c="dimmed">The organization&apos;s administrators decide who logs in.</Text>
        </>
      )}
    </>
  );
}

function Users() {
  const format = useFormat();
  const client = useQueryClient();
  const me = useSession()?.tokens.user.id;
  const [filters, change] = useFilters('q', 'role', 'active', 'sort');
  const [editing, setEditing] = useState<User | 'new' | null>(null);
  const { q, role, active, sort } = filters;
  const list = useList<User>(['users', filters], (paging) =>
    taken<Page<User>>(
      api.GET('/api/v1/users', {
        params: {
          query: {
            ...paging,
            q,
            role: role as Role | undefined,
            active: active === undefined ? undefined : active === 'active',
            sort,
          },
        },
      }),
    ),
  );
  const changed = () => {
    void client.invalidateQueries({ queryKey: ['users'] });
    void client.invalidateQueries({ queryKey: ['user-name'] });
  };
  return (
    <>
      <PageHeader title="Users">
        <Button onClick={() => setEditing('new')}>New user</Button>
      </PageHeader>
      <Paper>
        <Group mb="sm" align="end">
          <SearchField label="Find" value={q} onChange={(words) => change({ q: words })} />
          <Choice
            label="Role"
            value={role}
            of={ROLES.map((value) => ({ value, label: roleName(value) }))}
            onChange={(next) => change({ role: next })}
          />
          <Choice
            label="State"
            value={active}
            of={['active', 'inactive']}
            onChange={(next) => change({ active: next })}
          />
        </Group>
        <ListView
          label="Users"
          list={list}
          rowKey={({ id }) => id}
          onRow={setEditing}
          sort={sort ?? 'email'}
          onSort={(next) => change({ sort: next })}
          empty={
            q || role || active ? (
              <Empty title="No user matches">Fewer filters show more.</Empty>
            ) : (
              <Empty title="No users yet">
                Give each person a user of their own: what they do is kept under their name.
              </Empty>
            )
          }
          columns={[
            {
              title: 'Name',
              sort: 'name',
              cell: ({ id, name }) => (id === me ? `${name} (you)` : name),
            },
            { title: 'E-mail', sort: 'email', cell: ({ email }) => email },
            { title: 'Role', cell: (user) => roleName(user.role) },
            {
              title: 'State',
              cell: (user) => <StatusBadge status={user.active ? 'active' : 'inactive'} />,
            },
            { title: 'Last login', cell: (user) => format.instant(user.last_login_at) },
            { title: 'Since', sort: 'created_at', cell: (user) => format.day(user.created_at) },
          ]}
        />
      </Paper>
      {editing === 'new' && <NewUser onClose={() => setEditing(null)} onDone={changed} />}
      {editing !== null && editing !== 'new' && (
        <EditUser of={editing} onClose={() => setEditing(null)} onDone={changed} />
      )}
    </>
  );
}
