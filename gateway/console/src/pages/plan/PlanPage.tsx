import { Button, Grid, Skeleton, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';

import { api, asSeen, taken } from '../../api/client';
import type { Plan } from '../../api/money';
import { useMay } from '../../session/organization';
import { Amount } from '../../ui/Amount';
import { BackTitle } from '../../ui/BackTitle';
import { Facts } from '../../ui/Facts';
import { NOTHING } from '../../ui/format';
import { refused } from '../../ui/notify';
import { PageHeader, Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { words } from '../../ui/status';
import { StatusBadge } from '../../ui/StatusBadge';
import { AdoptLines } from './AdoptLines';
import { PlanSubscriptions } from './PlanSubscriptions';
import { Prices } from './Prices';

/** One plan: its terms, its prices by date, and who subscribes to it. */
export function PlanPage() {
  const { planId = '' } = useParams();
  const client = useQueryClient();
  const mayWrite = useMay('write');
  const [adopting, setAdopting] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['plan', planId],
    queryFn: () =>
      taken<Plan>(api.GET('/api/v1/plans/{plan_id}', { params: { path: { plan_id: planId } } })),
  });
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={320} />;
  const changed = () => {
    void client.invalidateQueries({ queryKey: ['plan', planId] });
    void client.invalidateQueries({ queryKey: ['plans'] });
    void client.invalidateQueries({ queryKey: ['subscriptions'] });
  };
  const toggle = () => {
    taken(
      api.PATCH('/api/v1/plans/{plan_id}', {
        params: { path: { plan_id: data.id }, header: asSeen(data) },
        body: { active: !data.active },
      }),
    ).then(changed, refused);
  };
  return (
    <>
      <PageHeader
        title={
          <BackTitle to="/plans" label="All plans">
            {data.name}
            <StatusBadge status={data.active ? 'active' : 'inactive'} />
          </BackTitle>
        }
      >
        {mayWrite && (
          <>
            <Button variant="default" onClick={toggle}>
              {data.active ? 'Sell no more' : 'Sell again'}
            </Button>
            <Button onClick={() => setAdopting(true)}>Adopt lines</Button>
          </>
        )}
      </PageHeader>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <PlanSubscriptions planId={data.id} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack>
            <Panel title="Terms">
              <Facts
                label="Terms"
                rows={[
                  ['Code', data.code],
                  ['Price', data.price ? <Amount of={data.price} strong /> : NOTHING],
                  ['Tax', `${data.tax_rate} %, ${data.price_includes_tax ? 'included' : 'added'}`],
                  ['Set-up fee', <Amount key="fee" of={data.setup_fee} quietZero />],
                  ['Billed', `${data.interval}, ${data.timing}`],
                  ['While suspended', words(data.suspended_rule)],
                  ['Unused days', words(data.unused_rule)],
                ]}
              />
            </Panel>
            <Prices plan={data} onChange={changed} />
          </Stack>
        </Grid.Col>
      </Grid>
      {adopting && <AdoptLines plan={data} onClose={() => setAdopting(false)} onDone={changed} />}
    </>
  );
}
