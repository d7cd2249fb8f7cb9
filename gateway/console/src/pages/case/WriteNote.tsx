import { Button, Group, Paper, Textarea } from '@mantine/core';
import { useState } from 'react';

import { api, taken } from '../../api/client';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { useDoing } from '../../ui/useDoing';

interface Props {
  caseId: string;
  onDone: () => void;
}

/** A note, written where it will be read. */
export function WriteNote({ caseId, onDone }: Props) {
  const [text, setText] = useState('');
  const doing = useDoing({
    said: 'The note is written.',
    onClose: () => setText(''),
    onDone,
    send: (body: { text: string }, key) =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/notes', {
          params: { path: { case_id: caseId }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
  });
  return (
    <Paper p="sm">
      <Group align="end" wrap="nowrap">
        <Textarea
          label="Note"
          flex={1}
          autosize
          minRows={1}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button
          disabled={!text.trim()}
          loading={doing.isPending}
          onClick={() => doing.mutate({ text: text.trim() })}
        >
          Write the note
        </Button>
      </Group>
      <ProblemAlert error={doing.error} />
    </Paper>
  );
}
