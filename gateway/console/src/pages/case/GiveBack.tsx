import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { api, newKey, taken } from '../../api/client';
import type { CaseDetail } from '../../api/collections';
import { refused, told } from '../../ui/notify';

interface Props {
  of: CaseDetail;
  mayAdminister: boolean;
  onDone: () => void;
}

/** Lets go of a case unworked: for a while, or for another collector. */
export function GiveBack({ of: shown, mayAdminister, onDone }: Props) {
  const navigate = useNavigate();
  const path = { case_id: shown.id };
  const skip = useMutation({
    mutationFn: () =>
      taken(
        api.POST('/api/v1/collections/queue/{case_id}/skip', {
          params: { path, header: { 'Idempotency-Key': newKey() } },
          body: { minutes: 60 },
        }),
      ),
    onSuccess: () => {
      told('Skipped for an hour.');
      onDone();
      void navigate('/desk?view=queue');
    },
    onError: refused,
  });
  const unassign = useMutation({
    mutationFn: () =>
      taken(
        api.POST('/api/v1/collections/cases/{case_id}/unassign', {
          params: { path, header: { 'Idempotency-Key': newKey() } },
          body: {},
        }),
      ),
    onSuccess: () => {
      told('Nobody has the case now.');
      onDone();
    },
    onError: refused,
  });
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default">Give back…</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => skip.mutate()}>Skip it for an hour</Menu.Item>
        {mayAdminister && shown.collector_id !== null && (
          <Menu.Item onClick={() => unassign.mutate()}>Take it from its collector</Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
