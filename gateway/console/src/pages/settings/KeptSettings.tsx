import { Skeleton } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';

import { ProblemAlert } from '../../ui/ProblemAlert';
import { useSettings, type Wanted } from './useSettings';

/** What a form of settings is given: what is kept, and the way to keep something else. */
export interface SettingsFields<Kept, Body> {
  kept: Kept;
  busy: boolean;
  error: unknown;
  onSave: (body: Body) => void;
}

interface Props<Kept, Body> extends Wanted<Kept, Body> {
  height: number;
  fields: (props: SettingsFields<Kept, Body>) => ReactNode;
}

/** Settings that are read as one thing, shown in one form and replaced as one thing. */
export function KeptSettings<Kept extends { version: number }, Body>({
  height,
  fields,
  ...wanted
}: Props<Kept, Body>) {
  const { data, error, saving } = useSettings<Kept, Body>(wanted);
  if (data === undefined)
    return error ? <ProblemAlert error={error} /> : <Skeleton height={height} />;
  const onSave = (body: Body) => saving.mutate({ body, seen: data });
  return (
    // A form begins anew with what is kept.
    <Fragment key={data.version}>
      {fields({ kept: data, busy: saving.isPending, error: saving.error, onSave })}
    </Fragment>
  );
}
