import { useSearchParams } from 'react-router';

/**
 * Filters of a list, kept in the address: a list can be linked to, and Back works.
 * An empty value is no filter.
 */
export function useFilters<Name extends string>(
  ...names: Name[]
): [Record<Name, string | undefined>, (changes: Partial<Record<Name, string | null>>) => void] {
  const [params, setParams] = useSearchParams();
  const found = Object.fromEntries(
    names.map((name) => [name, params.get(name) ?? undefined]),
  ) as Record<Name, string | undefined>;
  const change = (changes: Partial<Record<Name, string | null>>) => {
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries<string | null | undefined>(changes)) {
          if (value) after.set(name, value);
          else after.delete(name);
        }
        return after;
      },
      { replace: true },
    );
  };
  return [found, change];
}
