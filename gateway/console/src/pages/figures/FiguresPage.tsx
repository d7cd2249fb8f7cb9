import { Grid, Group, Stack, TextInput } from '@mantine/core';

import { PageHeader } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { AgeingPanel } from './AgeingPanel';
import { CollectorsPanel } from './CollectorsPanel';
import { Exports } from './Exports';
import { LatencyPanel } from './LatencyPanel';
import { Numbers } from './Numbers';
import { RollRatesPanel } from './RollRatesPanel';
import { TrendsPanel } from './TrendsPanel';

/** How collections go: what is owed, what came of the work, who did it. */
export function FiguresPage() {
  const [{ from, to }, change] = useFilters('from', 'to');
  const period = { from, to };
  return (
    <>
      <PageHeader title="Figures">
        <Group align="end" gap="xs">
          <TextInput
            label="From"
            type="date"
            value={from ?? ''}
            onChange={(event) => change({ from: event.currentTarget.value })}
          />
          <TextInput
            label="To"
            type="date"
            value={to ?? ''}
            onChange={(event) => change({ to: event.currentTarget.value })}
          />
        </Group>
      </PageHeader>
      <Stack>
        <Numbers period={period} />
        <Grid>
          <Grid.Col span={{ base: 12, lg: 6 }}>
            <AgeingPanel asOf={to} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 6 }}>
            <TrendsPanel period={period} />
          </Grid.Col>
        </Grid>
        <CollectorsPanel period={period} />
        <Grid>
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <RollRatesPanel period={period} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <LatencyPanel period={period} />
          </Grid.Col>
        </Grid>
        <Exports period={period} />
      </Stack>
    </>
  );
}
