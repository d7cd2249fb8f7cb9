import { Button, Menu, Text, useMantineColorScheme } from '@mantine/core';
import { useNavigate } from 'react-router';

import { logOut } from '../api/session';
import type { User } from '../api/types';
import { words } from '../ui/status';

export function UserMenu({ user }: { user: User }) {
  const navigate = useNavigate();
  const { colorScheme, toggleColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" shadow="md" width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          aria-label={`User menu of ${user.name}`}
        >
          {user.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fz="sm">{user.email}</Text>
          <Text fz="xs">{words(user.role)}</Text>
        </Menu.Label>
        {user.role === 'platform_admin' && (
          <Menu.Item onClick={() => void navigate('/organizations')}>Change organization</Menu.Item>
        )}
        <Menu.Item onClick={toggleColorScheme}>
          {colorScheme === 'dark' ? 'Light colours' : 'Dark colours'}
        </Menu.Item>
        <Menu.Item component="a" href="/docs" target="_blank">
          API documentation
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={logOut}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
