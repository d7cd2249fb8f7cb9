import { api, asSeen, taken } from '../../api/client';
import type { Brand, BrandIn } from '../../api/money';
import { BrandFields } from './BrandFields';
import { KeptSettings } from './KeptSettings';

/** What papers show of the organization. */
export function BrandSettings() {
  return (
    <KeptSettings<Brand, BrandIn>
      name="brand"
      height={320}
      read={() => taken<Brand>(api.GET('/api/v1/invoices/brand'))}
      write={(body, seen) =>
        taken<Brand>(api.PUT('/api/v1/invoices/brand', { params: { header: asSeen(seen) }, body }))
      }
      fields={(props) => <BrandFields {...props} />}
    />
  );
}
