import { Button, FileButton, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { fetched, newKey } from '../../api/client';
import type { Import } from '../../api/types';
import { ProblemAlert } from '../../ui/ProblemAlert';

/** Takes a file by drop or by choice, and starts its import. */
export function UploadZone({ onStarted }: { onStarted: (job: Import) => void }) {
  const queryClient = useQueryClient();
  const [over, setOver] = useState(false);
  const uploading = useMutation({
    mutationFn: async (file: File) => {
      const body = new FormData();
      body.append('file', file, file.name);
      const answer = await fetched('/api/v1/imports', {
        method: 'POST',
        headers: { 'Idempotency-Key': newKey() },
        body,
      });
      return (await answer.json()) as Import;
    },
    onSuccess: (job) => {
      queryClient.setQueryData(['import', job.id], job);
      void queryClient.invalidateQueries({ queryKey: ['imports'] });
      onStarted(job);
    },
  });
  const take = (file: File | null | undefined) => {
    if (file && !uploading.isPending) uploading.mutate(file);
  };
  return (
    <div>
      <div
        className="dropzone"
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files[0]);
        }}
      >
        <Group justify="center" gap="sm">
          <Text fz="sm">Drop a CSV of customers, lines and open debts here, or</Text>
          <FileButton onChange={take} accept=".csv,text/csv">
            {(props) => (
              <Button {...props} loading={uploading.isPending}>
                Choose a file
              </Button>
            )}
          </FileButton>
        </Group>
        <Text fz="xs" c="dimmed" mt={4}>
          UTF-8, comma or semicolon. Taking the same file twice changes nothing.
        </Text>
      </div>
      <ProblemAlert error={uploading.error} />
    </div>
  );
}
