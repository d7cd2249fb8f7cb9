import { Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

import type { CaseStatus } from '../../api/collections';
import { amountGiven, decimalText } from '../../ui/given';
import { Icon } from '../../ui/icons';
import { OneCustomer } from '../../ui/OneCustomer';
import { lookOf } from '../../ui/status';
import { useCollectors } from '../collectors/useCollectors';
import { NOBODY, type ChangeFilters, type DeskFilters } from './filters';

export const STATUSES: CaseStatus[] = [
  'new',
  'assigned',
  'in_contact',
  'negotiating',
  'payment_plan',
  'disputed',
  'settled',
  'closed',
];

interface Props {
  filters: DeskFilters;
  change: ChangeFilters;
}

/** Which cases are shown. */
export function CaseFilters({ filters, change }: Props) {
  const collectors = useCollectors();
  return (
    <Group mb="sm" align="end" gap="sm">
      <Typed
        label="Find"
        width={180}
        value={filters.q}
        search
        onTyped={(q) => change({ q })}
        placeholder="Customer"
      />
      <Select
        label="Status"
        placeholder="Any"
        clearable
        w={140}
        value={filters.status ?? null}
        onChange={(status) => change({ status })}
        data={STATUSES.map((value) => ({ value, label: lookOf(value).label }))}
      />
      <Select
        label="Collector"
        placeholder="Any"
        clearable
        w={160}
        value={filters.collector ?? null}
        onChange={(collector) => change({ collector })}
        data={[
          { value: NOBODY, label: 'nobody yet' },
          ...collectors.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <Typed
        label="Stage"
        width={110}
        value={filters.stage}
        onTyped={(stage) => change({ stage })}
      />
      <Typed
        label="Debt from"
        width={100}
        value={filters.min}
        check={amountGiven}
        onTyped={(min) => change({ min })}
      />
      <Typed
        label="to"
        width={100}
        value={filters.max}
        check={amountGiven}
        onTyped={(max) => change({ max })}
      />
      <OneCustomer id={filters.customer_id} onClear={() => change({ customer_id: null })} />
    </Group>
  );
}

interface TypedProps {
  label: string;
  width: number;
  value: string | undefined;
  search?: boolean;
  placeholder?: string;
  /** What is wrong with it; an amount that is none filters nothing. */
  check?: (value: string) => string | null;
  onTyped: (value: string) => void;
}

/** A filter that is typed; it holds a moment after the last letter. */
function Typed({ label, width, value, search, placeholder, check, onTyped }: TypedProps) {
  const [typed, setTyped] = useState(value ?? '');
  const bad = typed && check ? check(typed) !== null : false;
  const tell = useDebouncedCallback(onTyped, 250);
  return (
    <TextInput
      label={label}
      w={width}
      placeholder={placeholder}
      leftSection={search ? <Icon name="search" size={14} /> : undefined}
      value={typed}
      error={bad}
      onChange={(event) => {
        const given = event.currentTarget.value;
        setTyped(given);
        if (!given || !check || check(given) === null) {
          tell(check ? decimalText(given) : given.trim());
        }
      }}
    />
  );
}
