import { Alert, Group, Stack, Table, Text } from '@mantine/core';

import type { BillRunPreview } from '../../api/money';
import { Amount } from '../../ui/Amount';
import { useFormat } from '../../ui/format';
import { words } from '../../ui/status';

/** What a run would bill: sums, what to know before, and the first invoices as they would be. */
export function Preview({ of: found }: { of: BillRunPreview }) {
  const format = useFormat();
  return (
    <Stack gap="xs" role="region" aria-label="Preview">
      <Group gap="xl">
        <div>
          <Text fz="xs" c="dimmed">
            Invoices
          </Text>
          <Text fw={600}>
            {format.number(found.invoices)} from {format.number(found.subscriptions)} subscriptions
          </Text>
        </div>
        <div>
          <Text fz="xs" c="dimmed">
            Total
          </Text>
          <Amount of={found.total} strong />
        </div>
        <div>
          <Text fz="xs" c="dimmed">
            Of it tax
          </Text>
          <Amount of={found.tax} quietZero />
        </div>
        <div>
          <Text fz="xs" c="dimmed">
            Days billed
          </Text>
          <Text fz="sm">
            {format.date(found.period_from)} – {format.date(found.period_to)}
          </Text>
        </div>
      </Group>
      <Text fz="xs" c="dimmed">
        {Object.entries(found.outcomes)
          .map(([outcome, count]) => `${format.number(count)} ${words(outcome)}`)
          .join(' · ')}
      </Text>
      {!found.complete && (
        <Alert color="blue" variant="light" title="There are more">
          Not every subscription was looked at for this preview; the run looks at all of them.
        </Alert>
      )}
      {found.warnings.map(({ code, count, message }) => (
        <Alert key={code} color="yellow" variant="light" title={`${format.number(count)} times`}>
          {message}
        </Alert>
      ))}
      {found.failed > 0 && (
        <Alert
          color="red"
          variant="light"
          title={`${format.number(found.failed)} cannot be billed`}
        >
          {[...new Set(found.failures.map(({ message }) => message))].join(' ')}
        </Alert>
      )}
      {found.samples.length > 0 && (
        <Table.ScrollContainer minWidth={420} mah={260}>
          <Table aria-label="Samples">
            <Table.Tbody>
              {found.samples.map((sample) => (
                <Table.Tr key={`${sample.subscription_id}${sample.period_from}`}>
                  <Table.Td>
                    {sample.items.map(({ description }, place) => (
                      <Text key={place} fz="xs">
                        {description}
                      </Text>
                    ))}
                  </Table.Td>
                  <Table.Td>
                    <Text fz="xs">
                      {format.date(sample.period_from)} – {format.date(sample.period_to)}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="right">
                    <Amount of={sample.total} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}
