import { Button, Menu } from '@mantine/core';
import { useState } from 'react';

import type { CaseDetail } from '../../api/collections';
import { useMay } from '../../session/organization';
import { isZero } from '../../ui/format';
import { AgreePlan } from './AgreePlan';
import { AssignCase } from './AssignCase';
import { DisputeInvoice } from './DisputeInvoice';
import { FinishCase } from './FinishCase';
import { GiveBack } from './GiveBack';
import { LogCall } from './LogCall';
import { MakeOffer } from './MakeOffer';
import { MakePause } from './MakePause';
import { MakePromise } from './MakePromise';
import { MoveCase } from './MoveCase';
import { MAY_BECOME } from './moves';

type Doing =
  'call' | 'promise' | 'plan' | 'offer' | 'dispute' | 'pause' | 'move' | 'assign' | 'done' | null;

interface Props {
  of: CaseDetail;
  onDone: () => void;
}

/** What can be done about a case. */
export function CaseActions({ of: shown, onDone }: Props) {
  const mayAdminister = useMay('administer');
  const [doing, setDoing] = useState<Doing>(null);
  const close = () => setDoing(null);
  const moves = MAY_BECOME[shown.status];
  const asked = { of: shown, onClose: close, onDone };
  const closed = shown.status === 'closed';
  const owes = !isZero(shown.debt);
  return (
    <>
      {mayAdminister && !closed && (
        <Button variant="default" onClick={() => setDoing('assign')}>
          Assign…
        </Button>
      )}
      {moves.length > 0 && (
        <Button variant="default" onClick={() => setDoing('move')}>
          Move…
        </Button>
      )}
      {!closed && (
        <>
          <Menu position="bottom-end" shadow="md">
            <Menu.Target>
              <Button variant="default">Agree…</Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item disabled={!owes} onClick={() => setDoing('promise')}>
                A promise to pay…
              </Menu.Item>
              <Menu.Item disabled={!owes} onClick={() => setDoing('plan')}>
                A payment plan…
              </Menu.Item>
              <Menu.Item disabled={!owes} onClick={() => setDoing('offer')}>
                A settlement offer…
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item disabled={shown.debts.length === 0} onClick={() => setDoing('dispute')}>
                A dispute…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <GiveBack of={shown} mayAdminister={mayAdminister} onDone={onDone} />
          <Button variant="default" onClick={() => setDoing('pause')}>
            Pause…
          </Button>
          <Button variant="default" onClick={() => setDoing('done')}>
            Done for now…
          </Button>
          <Button onClick={() => setDoing('call')}>Log a call</Button>
        </>
      )}
      {doing === 'call' && <LogCall {...asked} />}
      {doing === 'promise' && <MakePromise {...asked} />}
      {doing === 'plan' && <AgreePlan {...asked} />}
      {doing === 'offer' && <MakeOffer {...asked} />}
      {doing === 'dispute' && <DisputeInvoice {...asked} />}
      {doing === 'pause' && <MakePause {...asked} />}
      {doing === 'move' && <MoveCase {...asked} />}
      {doing === 'assign' && <AssignCase {...asked} />}
      {doing === 'done' && <FinishCase {...asked} />}
    </>
  );
}
