import { Group, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, newKey, taken } from '../../api/client';
import type { PolicySummary, WhatIf, WhatIfIn } from '../../api/collections';
import type { Page } from '../../api/types';
import { FormModal } from '../../ui/FormModal';
import { lookOf } from '../../ui/status';

interface Props {
  policyId: string | null;
  onClose: () => void;
}

/** Tries a policy over a part of the past. */
export function NewWhatIf({ policyId, onClose }: Props) {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState(policyId);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const policies = useQuery({
    queryKey: ['policies', 'all'],
    queryFn: () =>
      taken<Page<PolicySummary>>(
        api.GET('/api/v1/collections/policies', { params: { query: { limit: 100 } } }),
      ),
  });
  const starting = useMutation({
    mutationFn: (body: WhatIfIn) =>
      taken<WhatIf>(
        api.POST('/api/v1/collections/what-ifs', {
          params: { header: { 'Idempotency-Key': newKey() } },
          body,
        }),
      ),
    onSuccess: ({ id }) => void navigate(`/what-ifs/${id}`),
  });
  return (
    <FormModal
      title="Try a policy on the past"
      submit="Try it"
      disabled={chosen === null}
      busy={starting.isPending}
      error={starting.error}
      onClose={onClose}
      onSubmit={() =>
        starting.mutate({ policy_id: chosen, from_on: from || null, to_on: to || null })
      }
    >
      <Select
        label="Policy"
        allowDeselect={false}
        value={chosen}
        onChange={setChosen}
        data={
          policies.data?.items.map(({ id, name, status }) => ({
            value: id,
            label: `${name} (${lookOf(status).label})`,
          })) ?? []
        }
        nothingFoundMessage="Draft a policy first"
      />
      <Group grow align="start">
        <TextInput
          label="From"
          type="date"
          description="Empty is a year before"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          label="To"
          type="date"
          description="Empty is yesterday"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
      </Group>
    </FormModal>
  );
}
