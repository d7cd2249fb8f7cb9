"""Who is left in peace: the condition, in SQL, for a debt `d`.

A customer who has promised, pays by instalments, disputes the whole or is just paying.
"""

from typing import Final

PAUSED: Final = """
EXISTS (
    SELECT FROM pause AS p
    WHERE p.customer_id = d.customer_id AND p.organization_id = d.organization_id
      AND p.ended_at IS NULL AND p.from_on <= %(today)s AND coalesce(p.until_on >= %(today)s, true)
      AND coalesce(p.expires_at > %(now)s, true)
      AND coalesce(p.line_id = d.line_id, p.line_id IS NULL)
      AND coalesce(p.invoice_id = d.invoice_id, p.invoice_id IS NULL)
      AND coalesce(p.amount_minor >= d.open_minor, true) OFFSET 0)
"""
