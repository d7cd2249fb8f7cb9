"""Files that bring debts late already: judged by a run where the policy has a safety stop.

Otherwise whom a file concerns is judged as the file is heard of.
"""

from collections.abc import Sequence

from services.collections.policies import store as policies
from services.collections.runs.rules import RunReason
from services.collections.runs.store import request_runs, with_pending
from shared.bus.handlers import on
from shared.contracts.billing import InvoicesBilled, InvoicesImported
from shared.contracts.event import Event
from shared.db import Connection


@on(InvoicesImported, InvoicesBilled)
async def judge_imports(
    tx: Connection, events: Sequence[Event[InvoicesImported | InvoicesBilled]]
) -> None:
    """Ask for one run of each organization concerned, unless one waits to begin."""
    known = await policies.terms(tx, {event.organization for event in events})
    late = {
        event.organization
        for event in events
        if (terms := known.get(event.organization)) is not None
        and terms.policy.safety is not None
        and any(invoice.due_on < terms.today for invoice in event.data.invoices)
    }
    await request_runs(tx, late - await with_pending(tx, late), RunReason.IMPORT)
