import { notifications } from '@mantine/notifications';

import { asProblem } from '../api/problem';

export function told(message: string): void {
  notifications.show({ message, color: 'teal', autoClose: 5000 });
}

export function refused(error: unknown): void {
  const problem = asProblem(error);
  notifications.show({
    title: problem.title,
    message: problem.message,
    color: 'red',
    autoClose: 9000,
  });
}
