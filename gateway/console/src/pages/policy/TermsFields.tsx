import {
  Checkbox,
  Chip,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Text,
  TextInput,
} from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import { Panel } from '../../ui/Panel';
import type { PolicyValues } from './form';
import { RESTORES, WEEKDAYS } from './words';

/** The terms of a policy but its stages. */
export function TermsFields({ form }: { form: UseFormReturnType<PolicyValues> }) {
  const { restore, hasCalendar } = form.values;
  return (
    <Panel title="Terms">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="sm">
        <TextInput label="Name" {...form.getInputProps('name')} />
        <Select
          label="Debts count per"
          allowDeselect={false}
          data={['line', 'customer']}
          {...form.getInputProps('scope')}
        />
        <NumberInput label="Days of grace" min={0} {...form.getInputProps('grace_days')} />
        <TextInput
          label="From a debt of"
          placeholder="Any"
          inputMode="decimal"
          {...form.getInputProps('minimum')}
        />
        <Select
          label="A line comes back when"
          allowDeselect={false}
          data={Object.entries(RESTORES).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps('restore')}
        />
        <TextInput
          label="Threshold"
          placeholder="The debt from which it counts"
          inputMode="decimal"
          disabled={restore !== 'below_threshold'}
          {...form.getInputProps('threshold')}
        />
        <Checkbox
          size="xs"
          mt={26}
          label="Active"
          {...form.getInputProps('active', { type: 'checkbox' })}
        />
        <Checkbox
          size="xs"
          mt={26}
          label="Cut lines off at certain hours only"
          {...form.getInputProps('hasCalendar', { type: 'checkbox' })}
        />
      </SimpleGrid>
      {hasCalendar && (
        <>
          <Text fz="xs" fw={500} mt="sm" mb={4}>
            Lines are cut off on
          </Text>
          <Group align="end">
            <Chip.Group multiple {...form.getInputProps('weekdays')}>
              <Group gap={4}>
                {WEEKDAYS.map((day, at) => (
                  <Chip key={day} size="xs" value={String(at + 1)}>
                    {day}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
            <TextInput label="From" type="time" {...form.getInputProps('opens')} />
            <TextInput label="To" type="time" {...form.getInputProps('closes')} />
            <Select
              label="By the clock of the"
              allowDeselect={false}
              w={150}
              data={['organization', 'customer']}
              {...form.getInputProps('zone')}
            />
            <Checkbox
              size="xs"
              mb={6}
              label="Not on public holidays"
              {...form.getInputProps('holidays', { type: 'checkbox' })}
            />
          </Group>
          {form.errors.weekdays && (
            <Text fz="xs" c="red.8">
              {form.errors.weekdays}
            </Text>
          )}
        </>
      )}
    </Panel>
  );
}
