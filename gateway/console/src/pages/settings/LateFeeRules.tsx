import { Button, Switch } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, asSeen, taken } from '../../api/client';
import type { LateFeeRule } from '../../api/money';
import type { Page } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { refused } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';
import { NewLateFeeRule } from './NewLateFeeRule';

/** What paying late costs, by rule. */
export function LateFeeRules() {
  const client = useQueryClient();
  const format = useFormat();
  const [adding, { open, close }] = useDisclosure();
  const [{ rules_sort: sort }, change] = useFilters('rules_sort');
  const list = useList<LateFeeRule>(['late-fee-rules', 'all', sort], (paging) =>
    taken<Page<LateFeeRule>>(
      api.GET('/api/v1/late-fee-rules', { params: { query: { ...paging, sort } } }),
    ),
  );
  const changed = () => void client.invalidateQueries({ queryKey: ['late-fee-rules'] });
  const toggling = useMutation({
    mutationFn: (rule: LateFeeRule) =>
      taken(
        api.PATCH('/api/v1/late-fee-rules/{rule_id}', {
          params: { path: { rule_id: rule.id }, header: asSeen(rule) },
          body: { active: !rule.active },
        }),
      ),
    onError: refused,
    onSettled: changed,
  });
  const fee = ({ amount, rate, cap }: LateFeeRule) => {
    if (amount !== null) return format.money(amount);
    const most = cap === null ? '' : `, at most ${format.money(cap)}`;
    return `${rate ?? ''} % of what is open${most}`;
  };
  return (
    <Panel
      title="Late fees"
      aside={
        <Button variant="default" size="compact-xs" onClick={open}>
          New rule
        </Button>
      }
    >
      <ListView
        label="Late fees"
        minWidth={400}
        list={list}
        rowKey={(rule) => rule.id}
        sort={sort ?? 'code'}
        onSort={(by) => change({ rules_sort: by })}
        empty={<Empty title="Paying late costs nothing" />}
        columns={[
          { title: 'Code', sort: 'code', cell: (rule) => rule.code },
          { title: 'Name', cell: (rule) => rule.name },
          { title: 'Fee', cell: fee },
          { title: 'How often', cell: (rule) => rule.period },
          {
            title: 'Active',
            right: true,
            cell: (rule) => (
              <Switch
                size="xs"
                display="inline-block"
                aria-label={`${rule.name} is active`}
                checked={rule.active}
                onChange={() => toggling.mutate(rule)}
              />
            ),
          },
        ]}
      />
      {adding && <NewLateFeeRule onClose={close} onDone={changed} />}
    </Panel>
  );
}
