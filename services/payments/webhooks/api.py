"""HTTP for webhooks: the door for card processors, and the list for administrators."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import select

from services.payments.processors.port import Provider
from services.payments.processors.signing import HEADER, SignatureRefused
from services.payments.vault import VaultClosed
from services.payments.webhooks import operations, store
from services.payments.webhooks.model import EventState, StoredWebhook
from services.payments.webhooks.nudge import WAKE, Nudge
from services.payments.webhooks.problems import NotAnEvent
from shared import clock
from shared.auth import allow
from shared.db import raw
from shared.http import OrganizationId, Session, Transactional
from shared.openapi import documented, header
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, TooLarge, problem_docs

door = APIRouter(prefix="/webhooks", tags=["payments"])
router = APIRouter(prefix="/webhooks/events", tags=["payments"], route_class=Transactional)

ADMINISTRATORS: Final = allow()
LARGEST_BYTES: Final = 256 * 1024
Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class Taken(BaseModel):
    """The webhook is safe; it need not be sent again."""

    received: bool = True
    repeated: bool = Field(description="It had been received before.")


class WebhookOut(BaseModel):
    """A webhook and what became of it."""

    id: UUID
    provider: Provider
    provider_event_id: str
    type: str
    state: EventState = Field(
        description="`stored` waits to be handled; `ignored` is of no concern to us;"
        " `set_aside` could not be handled, `reason` says why."
    )
    reason: str | None
    attempts: int
    received_at: Instant
    handled_at: Instant | None

    @classmethod
    def of(cls, row: StoredWebhook) -> Self:
        """A webhook as it is shown: its body is not."""
        values: dict[str, Any] = {name: getattr(row, name) for name in cls.model_fields}
        return cls.model_validate(values)


@documented(SignatureRefused, headers=[header(HEADER, "`t=<seconds>,v1=<hex of an HMAC-SHA256>`.")])
async def _signature(request: Request) -> str | None:
    return request.headers.get(HEADER)


Signature = Annotated[str | None, Depends(_signature)]
DOOR: Final[dict[str, Any]] = {
    "response_model": Taken,
    "max_body_size": LARGEST_BYTES,
    "responses": problem_docs(SignatureRefused, NotAnEvent, TooLarge, VaultClosed),
    "openapi_extra": {
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}
    },
}


@door.post("/stripe/{organization_id}", **DOOR)
async def receive_from_stripe(
    organization_id: UUID, signature: Signature, request: Request
) -> Taken:
    """For Stripe: keeps an event, then answers; it is handled from the store.

    Takes no token: the signature over the body as it is, made with the organization's
    secret within five minutes of now, says who is calling.
    """
    return await _receive(Provider.STRIPE, organization_id, signature, request)


@door.post("/local/{organization_id}", **DOOR)
async def receive_from_local(
    organization_id: UUID, signature: Signature, request: Request
) -> Taken:
    """For the local test processor: as for Stripe."""
    return await _receive(Provider.LOCAL, organization_id, signature, request)


async def _receive(
    provider: Provider, organization_id: UUID, signature: str | None, request: Request
) -> Taken:
    database = request.app.state.database
    body = await request.body()
    fresh = await operations.receive(database, provider.value, organization_id, body, signature)
    nudge_of(request).soon()
    return Taken(repeated=not fresh)


def nudge_of(request: Request) -> Nudge:
    """What wakes the worker, of this process."""
    state = request.app.state
    if not hasattr(state, "nudge"):
        state.nudge = Nudge(state.database)
    nudge: Nudge = state.nudge
    return nudge


@router.get("", dependencies=[ADMINISTRATORS])
async def list_webhooks(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    state: Annotated[EventState | None, Query()] = None,
    provider: Annotated[Provider | None, Query()] = None,
    type: Annotated[str | None, Query(max_length=255, pattern=r"^[!-~]*$")] = None,
    provider_event_id: Annotated[str | None, Query(max_length=255, pattern=r"^[!-~]*$")] = None,
) -> Page[WebhookOut]:
    """Webhooks of the organization's processors, sorted by `received_at`, the latest first.

    Served by ix_provider_event_received_at and ix_provider_event_state.
    """
    query = select(StoredWebhook).where(StoredWebhook.organization_id == organization_id)
    if state is not None:
        query = query.where(StoredWebhook.state == state.value)
    if provider is not None:
        query = query.where(StoredWebhook.provider == provider.value)
    if type is not None:
        query = query.where(StoredWebhook.type == type)
    if provider_event_id is not None:
        query = query.where(StoredWebhook.provider_event_id == provider_event_id)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"received_at": StoredWebhook.received_at.expression},
        default="-received_at",
        key=StoredWebhook.id.expression,
    )
    return Page(items=[WebhookOut.of(row) for (row,) in rows], next=following)


@router.post(
    "/{webhook_id}/replay",
    status_code=202,
    dependencies=[ADMINISTRATORS],
    responses=problem_docs(NotFound),
)
async def replay_webhook(
    webhook_id: UUID, organization_id: OrganizationId, session: Session
) -> WebhookOut:
    """Have a webhook handled anew; what it reported before has no second effect."""
    tx = await raw(session)
    if not await store.replay(tx, organization_id, webhook_id, clock.now()):
        raise NotFound("webhook", webhook_id)
    await tx.execute(WAKE)
    row = await session.get_one(StoredWebhook, webhook_id)
    return WebhookOut.of(row)
