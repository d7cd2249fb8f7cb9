import { ActionIcon, Menu } from '@mantine/core';
import { useState } from 'react';

import type { Subscription } from '../../api/money';
import { Icon } from '../../ui/icons';
import { ChangeSubscription } from './ChangeSubscription';
import { MoveSubscription, type Move } from './MoveSubscription';

interface Props {
  subscription: Subscription;
  onChange: () => void;
}

/** What can be done with a subscription. */
export function SubscriptionActions({ subscription, onChange }: Props) {
  const [asking, setAsking] = useState<Move | 'change' | null>(null);
  if (subscription.status === 'cancelled') return null;
  const same = { subscription, onDone: onChange, onClose: () => setAsking(null) };
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Actions for the subscription to ${subscription.plan_name ?? 'the plan'}`}
          >
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {subscription.status === 'active' ? (
            <>
              <Menu.Item onClick={() => setAsking('change')}>Change…</Menu.Item>
              <Menu.Item onClick={() => setAsking('pause')}>Pause…</Menu.Item>
            </>
          ) : (
            <Menu.Item onClick={() => setAsking('resume')}>Resume…</Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => setAsking('cancel')}>
            Cancel…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking === 'change' && <ChangeSubscription {...same} />}
      {asking !== null && asking !== 'change' && <MoveSubscription move={asking} {...same} />}
    </>
  );
}
