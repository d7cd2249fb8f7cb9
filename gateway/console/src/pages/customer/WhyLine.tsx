import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { Why } from '../../api/collections';
import { useFormat } from '../../ui/format';
import { WhyAnswer } from './WhyAnswer';

interface Props {
  lineId: string;
  number: number;
}

/** A button that asks why a line stands as it does, in plain words. */
export function WhyLine({ lineId, number }: Props) {
  const path = { line_id: lineId };
  return (
    <WhyAnswer<Why>
      label={`Why is line ${number} so?`}
      title={`Line ${number}`}
      about={lineId}
      ask={() => taken(api.GET('/api/v1/lines/{line_id}/why', { params: { path } }))}
    >
      {(told) => <Below told={told} />}
    </WhyAnswer>
  );
}

function Below({ told }: { told: Why }) {
  const format = useFormat();
  return (
    <Text fz="xs" c="dimmed">
      {told.suspended_on !== null && `Without a change: ${format.date(told.suspended_on)}. `}
      {told.segment !== null && `Segment ${told.segment}. `}
      {told.decision_id !== null && (
        <Anchor component={Link} to={`/decisions/${told.decision_id}`} fz="xs">
          The decision behind it
        </Anchor>
      )}
    </Text>
  );
}
