"""Asking processors about many things, one after the other, without waiting for the dead."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.payments.processors import operations as processors
from services.payments.processors.calls import Guarded
from services.payments.processors.port import ProcessorRefused, ProcessorUnavailable
from services.payments.processors.problems import NoProcessor
from services.payments.vault import VaultClosed
from shared.db import Database

log = structlog.get_logger(__name__)

Row = dict[str, Any]
Ask = Callable[[Database, Guarded, Row, datetime], Awaitable[None]]


async def each(database: Database, rows: Sequence[Row], ask: Ask, now: datetime) -> list[UUID]:
    """Ask about each row at its processor; the ids of those that had an answer.

    A provider that does not answer once is not asked again this time; one whose account
    cannot be used counts as having answered, because asking again at once would not help.
    """
    looked: list[UUID] = []
    silent: set[str] = set()
    accounts: dict[tuple[UUID, str], Guarded | None] = {}
    for row in rows:
        account = row["organization_id"], row["provider"]
        if row["provider"] in silent:
            continue
        if account not in accounts:
            accounts[account] = await _processor(database, *account)
        processor = accounts[account]
        try:
            if processor is not None:
                await ask(database, processor, row, now)
        except ProcessorUnavailable as error:
            log.warning("processor-silent", provider=row["provider"], error=str(error))
            silent.add(row["provider"])
            continue
        except ProcessorRefused as refusal:
            log.warning("processor-refused", of=str(row["id"]), code=refusal.code)
        looked.append(row["id"])
    return looked


async def _processor(database: Database, organization_id: UUID, provider: str) -> Guarded | None:
    """The processor of an account; None when it cannot be asked with what is stored."""
    try:
        return await processors.processor_of(database, organization_id, provider)
    except (NoProcessor, VaultClosed) as problem:
        log.warning("processor-unusable", organization=str(organization_id), why=problem.slug)
        return None
