import { Select } from '@mantine/core';

import { lookOf } from './status';

interface Props {
  label: string;
  value: string | undefined;
  /** What can be chosen, as the API calls it; or with words of its own. */
  of: readonly (string | { value: string; label: string })[];
  width?: number;
  onChange: (value: string | null) => void;
}

/** A filter of a list by one of a few values; none is any. */
export function Choice({ label, value, of, width = 150, onChange }: Props) {
  return (
    <Select
      label={label}
      placeholder="Any"
      clearable
      w={width}
      value={value ?? null}
      onChange={onChange}
      data={of.map((each) =>
        typeof each === 'string' ? { value: each, label: lookOf(each).label } : each,
      )}
    />
  );
}
