import { Anchor, Select, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { CaseIn } from '../../api/collections';
import { asProblem } from '../../api/problem';
import type { Line } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

const ALL = 'all';

interface Props {
  customerId: string;
  lines: Line[];
  onClose: () => void;
}

/** Opens a case by hand, before the policy would; leads to the one there is, when there is one. */
export function OpenCase({ customerId, lines, onClose }: Props) {
  const navigate = useNavigate();
  const [line, setLine] = useState(ALL);
  const [note, setNote] = useState('');
  const doing = useDoing({
    said: 'The case is open.',
    onClose,
    onDone: () => undefined,
    send: async (body: CaseIn, key) => {
      const opened = await taken(
        api.POST('/api/v1/collections/cases', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      );
      void navigate(`/desk/${opened.id}`);
    },
  });
  const known = doing.error === null ? undefined : asProblem(doing.error).members.case_id;
  return (
    <FormModal
      title="Open a case"
      submit="Open it"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() =>
        doing.mutate({
          customer_id: customerId,
          line_id: line === ALL ? null : line,
          note: note.trim() || null,
        })
      }
    >
      <Select
        label="About"
        allowDeselect={false}
        value={line}
        onChange={(value) => setLine(value ?? ALL)}
        data={[
          { value: ALL, label: 'All that the customer owes' },
          ...lines.map(({ id, number }) => ({ value: id, label: `Line ${number}` })),
        ]}
      />
      <Textarea
        label="Note"
        autosize
        minRows={2}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Text fz="xs" c="dimmed">
        It is about all that is open now, overdue or not, and lasts until that is settled.
      </Text>
      {typeof known === 'string' && (
        <Anchor component={Link} to={`/desk/${known}`} fz="sm">
          Go to the case there is
        </Anchor>
      )}
    </FormModal>
  );
}
