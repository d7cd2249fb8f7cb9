import { Code, Grid, JsonInput, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import { Panel } from '../../ui/Panel';
import type { PolicyValues } from './form';

const EXAMPLE =
  '{"name": "business", "when": {"fact": "tag", "op": "in", "value": ["business"]}, "overrides": {"grace_days": 10}}';

/** What a form would only make longer: segments, and the terms around the stages. */
export function JsonFields({ form }: { form: UseFormReturnType<PolicyValues> }) {
  return (
    <Grid>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Panel title="Segments">
          <JsonInput
            aria-label="Segments"
            size="xs"
            autosize
            minRows={6}
            maxRows={24}
            formatOnBlur
            {...form.getInputProps('segments')}
          />
          <Text fz="xs" c="dimmed" mt={4}>
            The first segment whose condition holds is the customer&apos;s, such as{' '}
            <Code fz="xs">{EXAMPLE}</Code>. Facts: days_overdue, open_debts, amount_due,
            tenure_days, segment, tag, plan, area.
          </Text>
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Panel title="Reminders, contacts, promises, safety">
          <JsonInput
            aria-label="Reminders, contacts, promises, safety"
            size="xs"
            autosize
            minRows={6}
            maxRows={24}
            formatOnBlur
            {...form.getInputProps('rest')}
          />
          <Text fz="xs" c="dimmed" mt={4}>
            A safety stop is such as{' '}
            <Code fz="xs">{'{"share_percent": 5, "at_least": 20, "times_usual": 3}'}</Code>; null is
            none.
          </Text>
        </Panel>
      </Grid.Col>
    </Grid>
  );
}
