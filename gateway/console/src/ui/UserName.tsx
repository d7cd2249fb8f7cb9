import { useQuery } from '@tanstack/react-query';

import { nameOf } from '../api/names';

interface Props {
  id: string | null | undefined;
  /** What is said when it was nobody. */
  nobody?: string;
}

/** A user by name, where only the id is known. */
export function UserName({ id, nobody = 'by itself' }: Props) {
  const { data } = useQuery({
    queryKey: ['user-name', id],
    queryFn: () => nameOf(id ?? ''),
    enabled: id != null,
    staleTime: 5 * 60_000,
  });
  if (id == null) return <>{nobody}</>;
  return <>{data === null ? 'somebody who is unknown here' : (data ?? '…')}</>;
}
