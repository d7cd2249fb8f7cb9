import { useQuery } from '@tanstack/react-query';

import { fetched } from '../../api/client';

/** The logo that is kept; fetched as the user, for the picture is not public. */
export function Logo({ version }: { version: number }) {
  const { data } = useQuery({
    queryKey: ['settings', 'logo', version],
    queryFn: async () => inData(await (await fetched('/api/v1/invoices/brand/logo')).blob()),
    staleTime: Infinity,
  });
  return data === undefined ? null : (
    <img src={data} alt="The logo" style={{ maxHeight: 48, maxWidth: 220 }} />
  );
}

/** A picture as an address of its own: the only kind besides files that the page may show. */
function inData(picture: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error('The picture cannot be read.'));
    reader.readAsDataURL(picture);
  });
}
