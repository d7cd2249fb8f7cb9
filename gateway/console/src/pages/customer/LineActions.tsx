import { ActionIcon, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api, newKey, taken } from '../../api/client';
import type { HoldReason, Line } from '../../api/types';
import { useMay } from '../../session/organization';
import { Icon } from '../../ui/icons';
import { refused, told } from '../../ui/notify';
import { lookOf } from '../../ui/status';
import { CancelLine } from './CancelLine';
import { ExemptLine } from './ExemptLine';
import { PlaceHold } from './PlaceHold';

interface Props {
  line: Line;
  onChange: () => void;
}

/** What can be done with a line; the server knows which moves are legal. */
export function LineActions({ line, onChange }: Props) {
  const [asking, setAsking] = useState<'hold' | 'cancel' | 'exempt' | null>(null);
  const mayWrite = useMay('write');
  const mayCollect = useMay('collect');
  const path = { line_id: line.id };
  const done = (message: string) => {
    told(message);
    onChange();
  };
  const activate = useMutation({
    mutationFn: () =>
      taken<Line>(
        api.POST('/api/v1/lines/{line_id}/activate', {
          params: { path, header: { 'Idempotency-Key': newKey() } },
          body: null,
        }),
      ),
    onSuccess: () => done(`Line ${line.number} is activated.`),
    onError: refused,
  });
  const release = useMutation({
    mutationFn: (reason: HoldReason) =>
      taken<Line>(
        api.DELETE('/api/v1/lines/{line_id}/holds/{reason}', {
          params: { path: { ...path, reason } },
        }),
      ),
    onSuccess: () => done('The hold is lifted.'),
    onError: refused,
  });
  if (line.status === 'cancelled' || !(mayWrite || mayCollect)) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for line ${line.number}`}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {mayWrite && line.status === 'not_installed' && (
            <Menu.Item onClick={() => activate.mutate()}>Activate</Menu.Item>
          )}
          {mayWrite && line.status !== 'not_installed' && (
            <Menu.Item onClick={() => setAsking('hold')}>Place a hold…</Menu.Item>
          )}
          {mayWrite &&
            line.holds.map((reason) => (
              <Menu.Item key={reason} onClick={() => release.mutate(reason)}>
                Lift the hold for {lookOf(reason).label}
              </Menu.Item>
            ))}
          {mayCollect && (
            <Menu.Item onClick={() => setAsking('exempt')}>Exempt from every step…</Menu.Item>
          )}
          {mayWrite && (
            <>
              <Menu.Divider />
              <Menu.Item color="red" onClick={() => setAsking('cancel')}>
                Cancel the line…
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {asking === 'hold' && (
        <PlaceHold
          line={line}
          onClose={() => setAsking(null)}
          onPlaced={() => done(`Line ${line.number} is on hold.`)}
        />
      )}
      {asking === 'exempt' && (
        <ExemptLine line={line} onClose={() => setAsking(null)} onChange={onChange} />
      )}
      {asking === 'cancel' && (
        <CancelLine
          line={line}
          onClose={() => setAsking(null)}
          onCancelled={() => done(`Line ${line.number} is cancelled.`)}
        />
      )}
    </>
  );
}
