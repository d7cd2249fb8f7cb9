import { Alert, Button, List, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { CustomerWhy, Why } from '../../api/collections';
import { useFormat } from '../../ui/format';
import { ProblemAlert } from '../../ui/ProblemAlert';

interface Props<Told> {
  /** What the button asks, for who cannot see where it stands. */
  label: string;
  title: string;
  /** Whose answer it is, for the cache. */
  about: string;
  ask: () => Promise<Told>;
  /** What there is to say below the answer. */
  children: (told: Told) => ReactNode;
}

/** A button that asks why somebody or something stands as it does, in plain words. */
export function WhyAnswer<Told extends Why | CustomerWhy>(props: Props<Told>) {
  const [asking, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-xs" variant="subtle" aria-label={props.label} onClick={open}>
        Why?
      </Button>
      {asking && (
        <Modal opened onClose={close} title={props.title}>
          <Answer {...props} />
        </Modal>
      )}
    </>
  );
}

function Answer<Told extends Why | CustomerWhy>({ about, ask, children }: Props<Told>) {
  const format = useFormat();
  const { data, error } = useQuery({ queryKey: ['why', about], queryFn: ask, staleTime: 0 });
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
      {children(data)}
    </Stack>
  );
}
