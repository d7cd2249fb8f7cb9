import { Text } from '@mantine/core';
import { useNavigate } from 'react-router';

import { api, taken } from '../../api/client';
import type { PolicyDetail } from '../../api/collections';
import { FormModal } from '../../ui/FormModal';
import { useDoing } from '../../ui/useDoing';

interface Props {
  of: PolicyDetail;
  etag: string;
  what: 'publish' | 'retire';
  onClose: () => void;
  onDone: () => void;
}

/** Puts a draft in force, or takes a policy out of it; a run judges everybody by what follows. */
export function PutInForce({ of: policy, etag, what, onClose, onDone }: Props) {
  const navigate = useNavigate();
  const publishes = what === 'publish';
  const doing = useDoing({
    said: publishes ? 'It is in force.' : 'It is retired.',
    onClose,
    onDone,
    send: async (_: { id: string }, key) => {
      const path = { policy_id: policy.id };
      const { run_id } = publishes
        ? await taken(
            api.POST('/api/v1/collections/policies/{policy_id}/publish', {
              params: { path, header: { 'Idempotency-Key': key, 'If-Match': etag } },
            }),
          )
        : await taken(
            api.POST('/api/v1/collections/policies/{policy_id}/retire', {
              params: { path, header: { 'Idempotency-Key': key } },
            }),
          );
      if (run_id) void navigate(`/runs/${run_id}`);
    },
  });
  return (
    <FormModal
      title={publishes ? `Publish ${policy.name}` : `Retire ${policy.name}`}
      submit={publishes ? 'Publish' : 'Retire'}
      danger={!publishes}
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={() => doing.mutate({ id: policy.id })}
    >
      <Text fz="sm">
        {publishes
          ? 'It becomes the next version of what is in force and never changes again. Everybody it concerns is judged by it at once.'
          : policy.status === 'published'
            ? 'Nobody is suspended any more, and whoever was suspended for non-payment is switched back on.'
            : 'The draft can no longer be edited or published.'}
      </Text>
    </FormModal>
  );
}
