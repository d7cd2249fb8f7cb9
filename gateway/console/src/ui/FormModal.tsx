import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode, SubmitEvent } from 'react';

import { ProblemAlert } from './ProblemAlert';

interface Props {
  title: ReactNode;
  /** What the button that sends the form says. */
  submit: string;
  /** What the button that does not says. */
  back?: string;
  /** It destroys something. */
  danger?: boolean;
  /** Something that it needs is missing. */
  disabled?: boolean;
  busy: boolean;
  /** Why the last attempt was refused; null when it was not, or when the fields say so. */
  error?: unknown;
  size?: string;
  onClose: () => void;
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
  children: ReactNode;
}

/** A dialog that asks for something and sends it: fields, a refusal, two buttons. */
export function FormModal(props: Props) {
  const {
    title,
    submit,
    back = 'Cancel',
    danger = false,
    disabled,
    busy,
    error = null,
    size,
  } = props;
  return (
    <Modal opened onClose={props.onClose} title={title} size={size}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit(event);
        }}
        noValidate
      >
        <Stack gap="sm">
          {props.children}
          <ProblemAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {back}
            </Button>
            <Button
              type="submit"
              color={danger ? 'red' : undefined}
              disabled={disabled}
              loading={busy}
            >
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
