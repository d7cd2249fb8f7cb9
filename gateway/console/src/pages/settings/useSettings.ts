import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { asProblem } from '../../api/problem';
import { told } from '../../ui/notify';

export interface Wanted<Kept, Body> {
  name: string;
  read: () => Promise<Kept>;
  /** Replaces what is kept, unless somebody else did so since `seen`. */
  write: (body: Body, seen: Kept) => Promise<Kept>;
}

/** Settings that are read as one thing and replaced as one thing. */
export function useSettings<Kept, Body>({ name, read, write }: Wanted<Kept, Body>) {
  const client = useQueryClient();
  const queryKey = ['settings', name];
  const { data, error } = useQuery({ queryKey, queryFn: read, staleTime: Infinity });
  const saving = useMutation({
    mutationFn: ({ body, seen }: { body: Body; seen: Kept }) => write(body, seen),
    onSuccess: (kept) => {
      client.setQueryData(queryKey, kept);
      told('The settings are kept.');
    },
    onError: (failure) => {
      // Somebody was faster: show what they set.
      if (asProblem(failure).status === 412) void client.invalidateQueries({ queryKey });
    },
  });
  return { data, error, saving };
}
