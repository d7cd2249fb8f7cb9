import { Anchor, Grid, Group, Skeleton, Stack } from '@mantine/core';
import { Link, useParams } from 'react-router';

import { useMay } from '../../session/organization';
import { BackTo } from '../../ui/BackTo';
import { PageHeader } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusBadge } from '../../ui/StatusBadge';
import { Agreements } from './Agreements';
import { CaseActions } from './CaseActions';
import { CaseDebts } from './CaseDebts';
import { CaseFacts } from './CaseFacts';
import { CaseLines } from './CaseLines';
import { CaseTimeline } from './CaseTimeline';
import { Contact } from './Contact';
import { Pauses } from './Pauses';
import { useCase } from './useCase';
import { WriteNote } from './WriteNote';

/** One case with everything a collector wants before calling, and what can be done about it. */
export function CasePage() {
  const { caseId = '' } = useParams();
  const { detail, promises, plans, offers, disputes, changed } = useCase(caseId);
  const mayCollect = useMay('collect');
  const { data, error } = detail;
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return <Skeleton height={320} />;
  return (
    <>
      <PageHeader
        title={
          <Group gap="xs">
            <BackTo to="/desk" label="The desk" />
            <Anchor
              component={Link}
              to={`/customers/${data.customer_id}`}
              fz="inherit"
              fw="inherit"
              c="inherit"
            >
              {data.customer_name ?? 'The customer'}
            </Anchor>
            <StatusBadge status={data.status} />
          </Group>
        }
      >
        {mayCollect && <CaseActions of={data} onDone={changed} />}
      </PageHeader>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack>
            <CaseDebts debts={data.debts} />
            <Agreements
              promises={promises}
              plans={plans}
              offers={offers}
              disputes={disputes}
              debts={data.debts}
              onDone={changed}
            />
            <Pauses of={data} onDone={changed} />
            {mayCollect && <WriteNote caseId={data.id} onDone={changed} />}
            <CaseTimeline of={data} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack>
            <CaseFacts of={data} />
            <Contact caseId={data.id} />
            <CaseLines lines={data.lines} onDone={changed} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}
