import { Skeleton } from '@mantine/core';

import { api, asSeen, taken } from '../../api/client';
import type { Brand, BrandIn } from '../../api/money';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { BrandFields } from './BrandFields';
import { useSettings } from './useSettings';

/** What papers show of the organization. */
export function BrandSettings() {
  const { data, error, saving } = useSettings<Brand, BrandIn>({
    name: 'brand',
    read: () => taken<Brand>(api.GET('/api/v1/invoices/brand')),
    write: (body, seen) =>
      taken<Brand>(api.PUT('/api/v1/invoices/brand', { params: { header: asSeen(seen) }, body })),
  });
  if (data === undefined) return error ? <ProblemAlert error={error} /> : <Skeleton height={320} />;
  return (
    <BrandFields
      key={data.version}
      kept={data}
      busy={saving.isPending}
      error={saving.error}
      onSave={(body) => saving.mutate({ body, seen: data })}
    />
  );
}
