import { Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { Exemption } from '../../api/collections';
import type { Line, Page } from '../../api/types';
import { useClock } from '../../session/organization';
import { useFormat } from '../../ui/format';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { UserName } from '../../ui/UserName';
import { GrantExemption } from '../policy/GrantExemption';
import { useRevoke } from '../policy/useRevoke';

interface Props {
  line: Pick<Line, 'id' | 'number'>;
  onClose: () => void;
  onChange: () => void;
}

/** A line's exemptions that hold or will, each with the way to end it, and the way to one more. */
export function ExemptLine({ line, onClose, onChange }: Props) {
  const client = useQueryClient();
  const changed = () => {
    void client.invalidateQueries({ queryKey: ['exemptions'] });
    onChange();
  };
  return (
    <GrantExemption line={line} onClose={onClose} onDone={changed}>
      <Standing lineId={line.id} onChange={changed} />
    </GrantExemption>
  );
}

function Standing({ lineId, onChange }: { lineId: string; onChange: () => void }) {
  const format = useFormat();
  const today = useClock()?.today;
  const revoking = useRevoke(onChange);
  const { data, error } = useQuery({
    queryKey: ['exemptions', 'line', lineId],
    queryFn: () =>
      taken<Page<Exemption>>(
        api.GET('/api/v1/collections/exemptions', { params: { query: { line_id: lineId } } }),
      ),
  });
  if (error !== null) return <ProblemAlert error={error} />;
  const standing = data?.items.filter(
    ({ revoked_at, until_on }) => revoked_at === null && (today === undefined || until_on >= today),
  );
  return standing?.map((exemption) => (
    <Group key={exemption.id} justify="space-between" wrap="nowrap" align="start">
      <div>
        <Text fz="sm">
          Exempt from {format.date(exemption.from_on)} until {format.date(exemption.until_on)}:{' '}
          {exemption.reason}
        </Text>
        <Text fz="xs" c="dimmed">
          by <UserName id={exemption.created_by} />, {format.instant(exemption.created_at)}
        </Text>
      </div>
      <Button
        size="compact-xs"
        variant="default"
        loading={revoking.isPending && revoking.variables === exemption.id}
        onClick={() => revoking.mutate(exemption.id)}
      >
        End it
      </Button>
    </Group>
  ));
}
