import { Badge, Button, Group, Paper } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import { actWithin } from '../../api/session';
import type { Organization, Page } from '../../api/types';
import { useSession } from '../../session/useSession';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { PageHeader } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { NewOrganization } from './NewOrganization';

/** All organizations, for a platform_admin: to choose the one to act within, or make another. */
export function OrganizationsPage() {
  const navigate = useNavigate();
  const format = useFormat();
  const acting = useSession()?.organizationId;
  const [creating, { open, close }] = useDisclosure();
  const [filters, change] = useFilters('sort');
  const list = useList<Organization>(['organizations', filters], (paging) =>
    taken<Page<Organization>>(
      api.GET('/api/v1/organizations', { params: { query: { ...paging, sort: filters.sort } } }),
    ),
  );
  const enter = (organization: Organization) => {
    actWithin(organization.id);
    void navigate('/dashboard');
  };
  return (
    <>
      <PageHeader title="Organizations">
        <Button onClick={open}>New organization</Button>
      </PageHeader>
      <Paper>
        <ListView
          label="Organizations"
          list={list}
          rowKey={(organization) => organization.id}
          onRow={enter}
          sort={filters.sort}
          onSort={(sort) => change({ sort })}
          empty={
            <Empty title="No organizations yet">
              Create one to begin; a sandbox has a clock of its own to try things with.
            </Empty>
          }
          columns={[
            {
              title: 'Name',
              sort: 'name',
              cell: (organization) => (
                <Group gap="xs">
                  {organization.name}
                  {organization.sandbox && (
                    <Badge color="grape" variant="light" size="sm" radius="sm" tt="none">
                      sandbox
                    </Badge>
                  )}
                  {organization.id === acting && (
                    <Badge color="harbour" variant="outline" size="sm" radius="sm" tt="none">
                      here
                    </Badge>
                  )}
                </Group>
              ),
            },
            { title: 'Country', cell: (organization) => organization.country },
            { title: 'Currency', cell: (organization) => organization.currency },
            { title: 'Time zone', cell: (organization) => organization.time_zone },
            {
              title: 'Since',
              sort: 'created_at',
              cell: (organization) => format.day(organization.created_at),
            },
            {
              title: 'State',
              cell: ({ active }) => <StatusBadge status={active ? 'active' : 'inactive'} />,
            },
          ]}
        />
      </Paper>
      {creating && <NewOrganization onClose={close} onCreated={enter} />}
    </>
  );
}
