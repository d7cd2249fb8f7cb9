import { Alert, List, Select, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { BulkAssignment, BulkAssignmentIn } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { told } from '../../ui/notify';
import { asChoice, useCollectors } from '../collectors/useCollectors';

const IN_TURN = 'turn';

interface Props {
  caseIds: string[];
  onClose: () => void;
  onDone: () => void;
}

/** Gives many cases to one collector, or to collectors in turn; says which were refused. */
export function AssignMany({ caseIds, onClose, onDone }: Props) {
  const client = useQueryClient();
  const collectors = useCollectors();
  const [to, setTo] = useState(IN_TURN);
  const [note, setNote] = useState('');
  const assigning = useMutation({
    mutationFn: (body: BulkAssignmentIn) =>
      taken<BulkAssignment>(
        api.POST('/api/v1/collections/cases/assign', {
          params: { header: { 'Idempotency-Key': newKey() } },
          body,
        }),
      ),
    onSuccess: ({ assigned, refused }) => {
      void client.invalidateQueries({ queryKey: ['cases'] });
      void client.invalidateQueries({ queryKey: ['collectors'] });
      told(`${assigned} assigned.`);
      onDone();
      if (refused.length === 0) onClose();
    },
  });
  const refused = assigning.data?.refused ?? [];
  return (
    <FormModal
      title={caseIds.length === 0 ? 'Assign cases' : `Assign ${caseIds.length} cases`}
      submit="Assign"
      back={refused.length > 0 ? 'Close' : 'Cancel'}
      disabled={caseIds.length === 0}
      busy={assigning.isPending}
      error={assigning.error}
      onClose={onClose}
      onSubmit={() =>
        assigning.mutate({
          case_ids: caseIds,
          collector_id: to === IN_TURN ? null : to,
          note: note.trim() || null,
        })
      }
    >
      <Select
        label="To"
        allowDeselect={false}
        value={to}
        onChange={(value) => setTo(value ?? IN_TURN)}
        data={[
          { value: IN_TURN, label: 'Collectors in turn, who have room' },
          ...asChoice(collectors),
        ]}
      />
      <TextInput
        label="Note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {refused.length > 0 && (
        <Alert color="orange" variant="light" title={`${refused.length} were not assigned`}>
          <List fz="sm">
            {refused.slice(0, 10).map(({ case_id, detail }) => (
              <List.Item key={case_id}>{detail}</List.Item>
            ))}
          </List>
          {refused.length > 10 && <Text fz="xs">And {refused.length - 10} more.</Text>}
        </Alert>
      )}
    </FormModal>
  );
}
