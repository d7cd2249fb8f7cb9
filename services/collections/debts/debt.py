"""An open invoice as the rules take it."""

from datetime import date
from typing import NamedTuple
from uuid import UUID


class Debt(NamedTuple):
    """An open invoice that counts against a line; a fee's own lateness costs no other."""

    invoice_id: UUID
    number: str
    currency: str
    open_minor: int
    due_on: date
    line_id: UUID | None = None
    is_fee: bool = False
