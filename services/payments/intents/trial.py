"""Playing the payer, and the payer's bank, at the local test processor.

What the processor says then goes through the same door as any webhook: signed with the
organization's secret, verified, stored, and handled by the worker.
"""

from collections.abc import Sequence
from uuid import UUID

from services.payments.intents import operations
from services.payments.intents.problems import NotAtTestProcessor
from services.payments.intents.store import Row
from services.payments.processors import operations as processors
from services.payments.processors import signing
from services.payments.processors.local import Card, Local
from services.payments.processors.port import Provider
from services.payments.processors.problems import NoProcessor
from services.payments.webhooks import operations as webhooks
from shared import clock
from shared.db import Database


async def present(database: Database, organization_id: UUID, payment_id: UUID, card: Card) -> Row:
    """Present a card for a payment."""
    row = await _at_test_processor(database, organization_id, payment_id)
    with processors.failures_as_problems(Provider.LOCAL.value):
        said = await Local(database, organization_id).confirm(row["provider_intent_id"], card)
    await _send(database, organization_id, said)
    return row


async def dispute(database: Database, organization_id: UUID, payment_id: UUID, status: str) -> Row:
    """Dispute a payment, or close its dispute."""
    row = await _at_test_processor(database, organization_id, payment_id)
    with processors.failures_as_problems(Provider.LOCAL.value):
        said = await Local(database, organization_id).dispute(row["provider_intent_id"], status)
    await _send(database, organization_id, said)
    return row


async def _at_test_processor(database: Database, organization_id: UUID, payment_id: UUID) -> Row:
    row = await operations.find(database, organization_id, payment_id)
    if row["provider"] != Provider.LOCAL or row["provider_intent_id"] is None:
        raise NotAtTestProcessor(row["provider"])
    return row


async def _send(database: Database, organization_id: UUID, bodies: Sequence[bytes]) -> None:
    account = await processors.find_account(database, organization_id, Provider.LOCAL.value)
    if account is None:
        raise NoProcessor
    secret, *_ = processors.webhook_secrets(account)
    for body in bodies:
        header = signing.sign(body, secret, clock.now())
        await webhooks.receive(database, Provider.LOCAL.value, organization_id, body, header)
