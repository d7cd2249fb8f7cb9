import { Button, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';

import { api, taken } from '../../api/client';
import type { PolicySummary } from '../../api/collections';
import type { Page } from '../../api/types';
import { useMay } from '../../session/organization';
import { BackTo } from '../../ui/BackTo';
import { useFormat } from '../../ui/format';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { NewWhatIf } from '../whatif/NewWhatIf';
import { Differences } from './Differences';
import { PutInForce } from './PutInForce';
import { StageLine } from './StageLine';
import { Terms } from './Terms';
import { usePolicy } from './usePolicy';

type Doing = 'publish' | 'retire' | 'try' | null;

/** One policy: drawn, in words, beside another, and what can be done with it. */
export function PolicyView() {
  const { policyId = '' } = useParams();
  const client = useQueryClient();
  const format = useFormat();
  const mayAdminister = useMay('administer');
  const mayCollect = useMay('collect');
  const [doing, setDoing] = useState<Doing>(null);
  const [other, setOther] = useState<string | null>(null);
  const { data, error } = usePolicy(policyId);
  const all = useQuery({
    queryKey: ['policies', 'all'],
    queryFn: () =>
      taken<Page<PolicySummary>>(
        api.GET('/api/v1/collections/policies', { params: { query: { limit: 100 } } }),
      ),
  });
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={320} />;
  const { policy, etag } = data;
  const draft = policy.status === 'draft';
  const close = () => setDoing(null);
  const changed = () => {
    void client.invalidateQueries({ queryKey: ['policy'] });
    void client.invalidateQueries({ queryKey: ['policies'] });
  };
  return (
    <>
      <PageHeader
        title={
          <Group gap="xs">
            <BackTo to="/policy" label="All policies" />
            {policy.name}
            <StatusBadge status={policy.status} />
            {policy.version !== null && (
              <Text span fz="sm" c="dimmed">
                version {policy.version}
              </Text>
            )}
          </Group>
        }
      >
        {mayCollect && (
          <Button variant="default" onClick={() => setDoing('try')}>
            Try it on the past…
          </Button>
        )}
        {mayAdminister && (
          <>
            <Button
              component={Link}
              variant="default"
              to={draft ? `/policy/${policy.id}/edit` : `/policy/new?from=${policy.id}`}
            >
              {draft ? 'Edit' : 'Draft from this'}
            </Button>
            {policy.status !== 'retired' && (
              <Button variant="default" color="red" onClick={() => setDoing('retire')}>
                Retire…
              </Button>
            )}
            {draft && <Button onClick={() => setDoing('publish')}>Publish…</Button>}
          </>
        )}
      </PageHeader>
      <Stack>
        <StageLine title="Stages" document={policy.document} />
        <Terms of={policy.document} />
        <Panel
          title="Difference to another"
          aside={
            <Select
              aria-label="The other policy"
              placeholder="Choose"
              clearable
              w={260}
              value={other}
              onChange={setOther}
              data={
                all.data?.items
                  .filter(({ id }) => id !== policy.id)
                  .map(({ id, name, version, created_at }) => ({
                    value: id,
                    label: `${name}, ${version === null ? `draft of ${format.day(created_at)}` : `version ${version}`}`,
                  })) ?? []
              }
            />
          }
        >
          {other === null ? (
            <Text fz="sm" c="dimmed">
              Choose a policy to see what changes from it to this one.
            </Text>
          ) : (
            <Differences before={other} after={policy.id} />
          )}
        </Panel>
      </Stack>
      {(doing === 'publish' || doing === 'retire') && (
        <PutInForce of={policy} etag={etag} what={doing} onClose={close} onDone={changed} />
      )}
      {doing === 'try' && <NewWhatIf policyId={policy.id} onClose={close} />}
    </>
  );
}
