import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  title: string;
  submit: string;
  /** What follows from it. */
  then: string;
  /** What is said when it is done. */
  said: string;
  send: (body: { note: string | null }, key: string) => Promise<unknown>;
  onClose: () => void;
  onDone: () => void;
}

/** Asks before something on a case ends early, with a note on why. */
export function EndWithNote({ title, submit, then, said, send, onClose, onDone }: Props) {
  const [note, setNote] = useState('');
  const doing = useDoing({ said, send, onClose, onDone });
  return (
    <FormModal
      title={title}
      submit={submit}
      back="Keep it"
      danger
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ note: note.trim() || null })}
    >
      <Text fz="sm">{then}</Text>
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
    </FormModal>
  );
}
