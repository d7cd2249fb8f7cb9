import { Button, Center, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { Navigate, useLocation } from 'react-router';

import { asProblem } from '../../api/problem';
import { logIn } from '../../api/session';
import { useSession } from '../../session/useSession';
import { Brand } from '../../shell/Brand';
import { ProblemAlert } from '../../ui/ProblemAlert';

export function LoginPage() {
  const session = useSession();
  const { state } = useLocation() as { state: { from?: string } | null };
  const form = useForm({
    initialValues: { email: '', password: '' },
    validate: {
      email: (value) => (value.includes('@') ? null : 'Your e-mail address'),
      password: (value) => (value ? null : 'Your password'),
    },
  });
  const entering = useMutation({
    mutationFn: ({ email, password }: typeof form.values) =>
      logIn(email.trim(), password).catch((error: unknown) => {
        throw asProblem(error);
      }),
  });
  if (session !== null) return <Navigate to={state?.from ?? '/dashboard'} replace />;
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper w={360} p="xl" shadow="xs">
        <form onSubmit={form.onSubmit((values) => entering.mutate(values))} noValidate>
          <Stack>
            <Brand large />
            <Title order={2} component="h1" fw={500} c="dimmed">
              Log in
            </Title>
            <TextInput
              label="E-mail"
              type="email"
              size="sm"
              autoComplete="username"
              autoFocus
              {...form.getInputProps('email')}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              {...form.getInputProps('password')}
            />
            <ProblemAlert error={entering.error} />
            <Button type="submit" size="sm" loading={entering.isPending}>
              Log in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
