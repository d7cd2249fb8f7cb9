import { api, asSeen, taken } from '../../api/client';
import { EndWithNote } from './EndWithNote';

/** An agreement that is to end before its day. */
export interface Ended {
  what: 'promises' | 'plans' | 'offers';
  id: string;
  version: number;
  status: string;
}

interface Props {
  of: Ended;
  onClose: () => void;
  onDone: () => void;
}

/** Ends a promise, a plan or an offer; the policy goes on from there. */
export function EndAgreement({ of: ended, onClose, onDone }: Props) {
  return (
    <EndWithNote
      title="Cancel the agreement"
      submit="Cancel it"
      then="What was paused for it goes on at once."
      said="It is cancelled."
      onClose={onClose}
      onDone={onDone}
      send={async (body, key) => {
        const header = { 'Idempotency-Key': key, ...asSeen(ended) };
        if (ended.what === 'promises') {
          const params = { path: { promise_id: ended.id }, header };
          await taken(
            api.POST('/api/v1/collections/promises/{promise_id}/cancel', { params, body }),
          );
        } else if (ended.what === 'plans') {
          const params = { path: { plan_id: ended.id }, header };
          await taken(api.POST('/api/v1/collections/plans/{plan_id}/cancel', { params, body }));
        } else {
          const params = { path: { offer_id: ended.id }, header };
          await taken(api.POST('/api/v1/collections/offers/{offer_id}/cancel', { params, body }));
        }
      }}
    />
  );
}
