import { Alert, Anchor, Button, List, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { api, taken } from '../../api/client';
import type { Why } from '../../api/collections';
import { useFormat } from '../../ui/format';
import { ProblemAlert } from '../../ui/ProblemAlert';

interface Props {
  lineId: string;
  number: number;
}

/** A button that asks why a line stands as it does, in plain words. */
export function WhyLine({ lineId, number }: Props) {
  const [asking, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        aria-label={`Why is line ${number} so?`}
        onClick={open}
      >
        Why?
      </Button>
      {asking && (
        <Modal opened onClose={close} title={`Line ${number}`}>
          <Answer lineId={lineId} />
        </Modal>
      )}
    </>
  );
}

function Answer({ lineId }: { lineId: string }) {
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['why', lineId],
    queryFn: () =>
      taken<Why>(api.GET('/api/v1/lines/{line_id}/why', { params: { path: { line_id: lineId } } })),
    staleTime: 0,
  });
  if (error !== null) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={140} />;
  const { payment } = data;
  return (
    <Stack gap="sm">
      <Text fw={600}>{data.summary}</Text>
      {data.reasons.length > 0 && (
        <List fz="sm" spacing={2}>
          {data.reasons.map(({ code, text }) => (
            <List.Item key={code}>{text}</List.Item>
          ))}
        </List>
      )}
      <Alert variant="light" color="harbour" title="What would change it">
        <Text fz="sm">{data.what_would_change_it}</Text>
        {payment !== null && (
          <Text fz="sm" fw={600} mt={4}>
            {payment.amounts.map((amount) => format.money(amount)).join(', ')}
            {payment.by !== null && `, by ${format.date(payment.by)}`}
          </Text>
        )}
      </Alert>
      <Text fz="xs" c="dimmed">
        {data.suspended_on !== null && `Without a change: ${format.date(data.suspended_on)}. `}
        {data.segment !== null && `Segment ${data.segment}. `}
        {data.decision_id !== null && (
          <Anchor component={Link} to={`/decisions/${data.decision_id}`} fz="xs">
            The decision behind it
          </Anchor>
        )}
      </Text>
    </Stack>
  );
}
