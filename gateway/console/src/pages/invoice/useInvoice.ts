import { useQuery, useQueryClient } from '@tanstack/react-query';

import { api, taken } from '../../api/client';
import type { CreditNote, InvoiceDetail, Page, Payment, WriteOff } from '../../api/types';

const MOST = 100;

/** An invoice, the documents that lowered it and the money that came for it. */
export function useInvoice(id: string) {
  const client = useQueryClient();
  const invoice = useQuery({
    queryKey: ['invoice', id],
    queryFn: () =>
      taken<InvoiceDetail>(
        api.GET('/api/v1/invoices/{invoice_id}', { params: { path: { invoice_id: id } } }),
      ),
    refetchInterval: 5_000,
  });
  const query = { invoice_id: id, limit: MOST };
  const notes = useQuery({
    queryKey: ['invoice', id, 'credit-notes'],
    queryFn: () => taken<Page<CreditNote>>(api.GET('/api/v1/credit-notes', { params: { query } })),
  });
  const writeOffs = useQuery({
    queryKey: ['invoice', id, 'write-offs'],
    queryFn: () => taken<Page<WriteOff>>(api.GET('/api/v1/write-offs', { params: { query } })),
  });
  const payments = useQuery({
    queryKey: ['invoice', id, 'payments'],
    queryFn: () => taken<Page<Payment>>(api.GET('/api/v1/payments', { params: { query } })),
    refetchInterval: 5_000,
  });
  return {
    invoice,
    notes: notes.data?.items,
    writeOffs: writeOffs.data?.items,
    payments: payments.data?.items,
    /** Ask for everything again: something was just done. */
    changed: () => void client.invalidateQueries({ queryKey: ['invoice', id] }),
  };
}
