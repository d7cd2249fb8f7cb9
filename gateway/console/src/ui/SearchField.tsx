import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

import { Icon } from './icons';

interface Props {
  label: string;
  value: string | undefined;
  onChange: (value: string | null) => void;
}

/** A filter of a list by words; asks once the typing stops. */
export function SearchField({ label, value, onChange }: Props) {
  const [typed, setTyped] = useState(value ?? '');
  const ask = useDebouncedCallback((words: string) => onChange(words.trim() || null), 250);
  return (
    <TextInput
      label={label}
      w={200}
      leftSection={<Icon name="search" size={14} />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        ask(event.currentTarget.value);
      }}
    />
  );
}
