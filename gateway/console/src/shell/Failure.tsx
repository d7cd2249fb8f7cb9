import { Anchor, Container, Stack, Text, Title } from '@mantine/core';
import { Link, useRouteError } from 'react-router';

/** A place that does not exist, or a page that broke. */
export function Failure({ missing = false }: { missing?: boolean }) {
  const error = useRouteError();
  return (
    <Container size="sm" py="xl">
      <Stack gap="xs">
        <Title order={1}>{missing ? 'There is no such page' : 'This page broke'}</Title>
        {!missing && (
          <Text c="dimmed">{error instanceof Error ? error.message : String(error)}</Text>
        )}
        <Anchor component={Link} to="/dashboard" reloadDocument={!missing}>
          Go to the dashboard
        </Anchor>
      </Stack>
    </Container>
  );
}
