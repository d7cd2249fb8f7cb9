import { Alert, Button, Text } from '@mantine/core';

import { asProblem } from '../api/problem';

interface Props {
  error: unknown;
  onRetry?: () => void;
}

/** Why something did not work, in the server's words. Nothing when nothing is wrong. */
export function ProblemAlert({ error, onRetry }: Props) {
  if (error === null || error === undefined) return null;
  const problem = asProblem(error);
  return (
    <Alert color="red" variant="light" title={problem.title} role="alert">
      <Text fz="sm">{problem.message}</Text>
      {onRetry && (
        <Button mt="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
