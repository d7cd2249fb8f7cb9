import { ActionIcon, Button, NumberInput, Select, Table, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import { Icon } from '../../ui/icons';
import { Panel } from '../../ui/Panel';
import { lookOf } from '../../ui/status';
import type { PolicyValues, StageValues } from './form';
import { KINDS } from './words';

/** The stages of a policy, a row each. */
export function StagesField({ form }: { form: UseFormReturnType<PolicyValues> }) {
  const { stages } = form.values;
  const last = Math.max(0, ...stages.map(({ day }) => Number(day)));
  const more: StageValues = {
    code: `step-${stages.length + 1}`,
    kind: 'warn',
    day: last + 7,
    channel: null,
    rule: '',
    when: '',
  };
  return (
    <Panel
      title="Stages"
      aside={
        <Button
          variant="default"
          size="compact-xs"
          onClick={() => form.insertListItem('stages', more)}
        >
          One more
        </Button>
      }
    >
      <Table.ScrollContainer minWidth={760} type="native">
        <Table aria-label="Stages">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={90}>Day</Table.Th>
              <Table.Th w={170}>Step</Table.Th>
              <Table.Th w={150}>Code</Table.Th>
              <Table.Th w={140}>By</Table.Th>
              <Table.Th>Only if (JSON)</Table.Th>
              <Table.Th w={40} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stages.map((stage, at) => (
              <Table.Tr key={at} style={{ verticalAlign: 'top' }}>
                <Table.Td>
                  <NumberInput
                    aria-label={`Day of stage ${at + 1}`}
                    {...form.getInputProps(`stages.${at}.day`)}
                  />
                </Table.Td>
                <Table.Td>
                  <Select
                    aria-label={`Step of stage ${at + 1}`}
                    allowDeselect={false}
                    data={KINDS.map((value) => ({ value, label: lookOf(value).label }))}
                    {...form.getInputProps(`stages.${at}.kind`)}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={`Code of stage ${at + 1}`}
                    {...form.getInputProps(`stages.${at}.code`)}
                  />
                </Table.Td>
                <Table.Td>
                  <By of={stage} at={at} form={form} />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={`Condition of stage ${at + 1}`}
                    placeholder="Always"
                    styles={{ input: { fontFamily: 'monospace' } }}
                    {...form.getInputProps(`stages.${at}.when`)}
                  />
                </Table.Td>
                <Table.Td>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    disabled={stages.length === 1}
                    aria-label={`Without stage ${at + 1}`}
                    onClick={() => form.removeListItem('stages', at)}
                  >
                    <Icon name="cross" size={14} />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

interface ByProps {
  of: StageValues;
  at: number;
  form: UseFormReturnType<PolicyValues>;
}

/** The channel of what is said, or the rule of a fee. */
function By({ of: { kind }, at, form }: ByProps) {
  if (kind === 'late_fee') {
    return (
      <TextInput
        aria-label={`Rule of stage ${at + 1}`}
        placeholder="Late-fee rule"
        {...form.getInputProps(`stages.${at}.rule`)}
      />
    );
  }
  if (kind !== 'remind' && kind !== 'warn') return null;
  return (
    <Select
      aria-label={`Channel of stage ${at + 1}`}
      placeholder="As reminders"
      clearable
      data={['email', 'sms', 'whatsapp', 'inbox']}
      {...form.getInputProps(`stages.${at}.channel`)}
    />
  );
}
