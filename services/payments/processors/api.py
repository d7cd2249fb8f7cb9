"""HTTP for card processors: the administrators set them up, whoever takes payments sees them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import Response
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.processors import operations
from services.payments.processors.model import ProcessorAccount
from services.payments.processors.operations import Entered
from services.payments.processors.port import Provider
from services.payments.processors.problems import LocalNeedsSandbox, ProcessorExists
from services.payments.vault import VaultClosed
from shared import clock
from shared.auth import Role, allow
from shared.http import (
    APIRouter,
    IfMatch,
    OrganizationId,
    Session,
    Transactional,
    etag,
    expect_version,
)
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/processors", tags=["payments"], route_class=Transactional)

ADMINISTRATORS: Final = allow()
CASHIERS: Final = allow(Role.CLERK)
Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
Visible = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]


def _visible(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not 8 <= len(text) <= 255 or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a secret has 8 to 255 visible ASCII characters")
    return secret


Secret = Annotated[
    SecretStr,
    AfterValidator(_visible),
    Field(json_schema_extra={"minLength": 8, "maxLength": 255, "pattern": "^[!-~]{8,255}$"}),
]


def _text(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


class ProcessorPatch(BaseModel):
    """What is to change; a secret can be replaced and never read."""

    model_config = ConfigDict(extra="forbid")

    publishable_key: Visible | None = Field(None, description="For the payer's browser.")
    secret_key: Secret | None = Field(None, description="Kept encrypted and never shown again.")
    webhook_secret: Secret | None = Field(
        None,
        description="Kept encrypted and never shown again; one that is replaced holds for a day.",
    )
    active: bool | None = Field(
        None, description="One processor is active; it gets the new payments."
    )

    def entered(self) -> Entered:
        """As the operations take it."""
        return Entered(
            self.publishable_key, _text(self.secret_key), _text(self.webhook_secret), self.active
        )


class ProcessorIn(ProcessorPatch):
    """An account at a card processor; only the local test processor needs no secrets."""

    provider: Provider

    @model_validator(mode="after")
    def _with_secrets(self) -> Self:
        if self.provider is not Provider.LOCAL and not (self.secret_key and self.webhook_secret):
            raise ValueError("give secret_key and webhook_secret")
        return self


class ProcessorOut(BaseModel):
    """An account at a card processor, without its secrets."""

    id: UUID
    provider: Provider
    publishable_key: str | None
    active: bool
    webhook_path: str = Field(description="Where the processor is to send its webhooks.")
    previous_webhook_secret_until: Instant | None = Field(
        description="Until then the replaced webhook secret holds, too."
    )
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, account: ProcessorAccount) -> Self:
        """An account as it is shown."""
        until = account.previous_until
        values: dict[str, Any] = {
            "id": account.id,
            "provider": Provider(account.provider),
            "publishable_key": account.publishable_key,
            "active": account.active,
            "webhook_path": f"/webhooks/{account.provider}/{account.organization_id}",
            "previous_webhook_secret_until": until if until and clock.now() < until else None,
            "version": account.version,
            "created_at": account.created_at,
            "updated_at": account.updated_at,
        }
        return cls(**values)


@router.post(
    "",
    status_code=201,
    dependencies=[ADMINISTRATORS],
    responses=problem_docs(ProcessorExists, LocalNeedsSandbox, VaultClosed, UnknownOrganization),
)
async def set_up_processor(
    body: ProcessorIn, organization_id: OrganizationId, session: Session, response: Response
) -> ProcessorOut:
    """Set a card processor up; it becomes the active one unless told otherwise."""
    organization = await load_organization(session, organization_id)
    account = await operations.set_up(session, organization, body.provider, body.entered())
    response.headers["Location"] = f"/processors/{account.id}"
    response.headers["ETag"] = etag(account.version)
    return ProcessorOut.of(account)


@router.get("", dependencies=[CASHIERS])
async def list_processors(
    organization_id: OrganizationId, session: Session, paging: Paging
) -> Page[ProcessorOut]:
    """The organization's card processors, sorted by `provider`."""
    rows, following = await paginate(
        session,
        select(ProcessorAccount).where(ProcessorAccount.organization_id == organization_id),
        paging,
        sortable={"provider": ProcessorAccount.provider.expression},
        default="provider",
        key=ProcessorAccount.id.expression,
    )
    return Page(items=[ProcessorOut.of(row) for (row,) in rows], next=following)


@router.get("/{processor_id}", dependencies=[CASHIERS], responses=problem_docs(NotFound))
async def get_processor(
    processor_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> ProcessorOut:
    """One card processor."""
    account = await _found(session, organization_id, processor_id, lock=False)
    response.headers["ETag"] = etag(account.version)
    return ProcessorOut.of(account)


@router.patch(
    "/{processor_id}",
    dependencies=[ADMINISTRATORS],
    responses=problem_docs(NotFound, VaultClosed),
)
async def change_processor(
    processor_id: UUID,
    body: ProcessorPatch,
    organization_id: OrganizationId,
    session: Session,
    seen: IfMatch,
    response: Response,
) -> ProcessorOut:
    """Replace keys, activate or retire; payments under way stay with the processor they are at."""
    account = await _found(session, organization_id, processor_id, lock=True)
    expect_version(seen, account.version)
    await operations.change(session, account, body.entered())
    response.headers["ETag"] = etag(account.version)
    return ProcessorOut.of(account)


async def _found(
    session: AsyncSession, organization_id: UUID, processor_id: UUID, *, lock: bool
) -> ProcessorAccount:
    query = select(ProcessorAccount).where(
        ProcessorAccount.organization_id == organization_id, ProcessorAccount.id == processor_id
    )
    account = await session.scalar(query.with_for_update() if lock else query)
    if account is None:
        raise NotFound("processor", processor_id)
    return account
