import { Progress, Skeleton, Stack, Text, Group, Anchor } from '@mantine/core';
import { Link } from 'react-router';

import type { Import } from '../../api/types';
import { Panel } from '../../ui/Panel';

export function RunningImports({ imports }: { imports: Import[] | null | undefined }) {
  return (
    <Panel title="Running imports">
      {imports === undefined && <Skeleton height={20} />}
      {imports?.length === 0 && (
        <Text fz="sm" c="dimmed">
          None is running.
        </Text>
      )}
      <Stack gap="xs">
        {imports?.map((job) => (
          <div key={job.id}>
            <Group justify="space-between">
              <Anchor component={Link} to={`/imports/${job.id}`} fz="sm">
                {job.file_name}
              </Anchor>
              <Text fz="xs" c="dimmed">
                {job.progress_percent} %
              </Text>
            </Group>
            <Progress value={job.progress_percent} size="sm" aria-label={job.file_name} />
          </div>
        ))}
      </Stack>
    </Panel>
  );
}
