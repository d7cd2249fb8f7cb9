"""HTTP for the texts of reminders."""

from datetime import date, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.collections.texts import store
from services.collections.texts.model import ReminderText
from services.collections.texts.rules import (
    DEFAULTS,
    LONGEST_BODY,
    LONGEST_TITLE,
    PLACES,
    Facts,
    Language,
    Template,
    checked,
    locale_of,
    write,
)
from shared import clock
from shared.auth import Caller, Role, allow
from shared.contracts.collections import ReminderKind
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag, expect_version
from shared.money import Money
from shared.problems import PreconditionFailed, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(
    prefix="/collections/reminder-texts", tags=["collections"], route_class=Transactional
)

SAMPLE_MINOR = 3450
SAMPLE_DAYS = {ReminderKind.UPCOMING: 3, ReminderKind.DUE_TODAY: 0, ReminderKind.OVERDUE: -8}
ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
LINES = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"

Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE, pattern=ONE_LINE
    ),
    AfterValidator(checked),
]
Body = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_BODY, pattern=LINES),
    AfterValidator(checked),
]


class TextIn(BaseModel):
    """A template; `{amount}` and the like stand for what is filled in."""

    model_config = ConfigDict(extra="forbid")

    title: Title = Field(description=f"Places: {', '.join(PLACES)}.")
    body: Body


class TextOut(BaseModel):
    """What reminders of a kind say in a language."""

    kind: ReminderKind
    language: Language
    title: str
    body: str
    own: bool = Field(description="Whether the organization wrote it.")
    version: int = Field(description="0 for a text that comes with the system.")
    sample_title: str
    sample_body: str

    @classmethod
    def of(
        cls,
        organization: Organization,
        kind: ReminderKind,
        language: Language,
        own: ReminderText | None,
    ) -> Self:
        """Show a template, and what it comes to for a made-up customer."""
        template = Template(own.title, own.body) if own else DEFAULTS[kind, language]
        today = organization.today()
        sample = write(
            template,
            kind,
            _sample(organization, kind, today),
            locale_of(language, organization.country),
        )
        return cls(
            kind=kind,
            language=language,
            title=template.title,
            body=template.body,
            own=own is not None,
            version=own.version if own else 0,
            sample_title=sample.title,
            sample_body=sample.body,
        )


class TextsOut(BaseModel):
    """Every text of an organization's reminders."""

    items: list[TextOut]


def _sample(organization: Organization, kind: ReminderKind, today: date) -> Facts:
    return Facts(
        provider=organization.name,
        customer="Ana Pérez",
        number="A-00000042",
        amount=Money(SAMPLE_MINOR, organization.currency),
        due_on=today + timedelta(days=SAMPLE_DAYS[kind]),
        today=today,
    )


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(UnknownOrganization))
async def list_texts(organization_id: OrganizationId, session: Session) -> TextsOut:
    """What reminders say: a text for each kind and language."""
    organization = await load_organization(session, organization_id)
    own = {
        (text.kind, text.language): text for text in await store.own_texts(session, organization_id)
    }
    return TextsOut(
        items=[
            TextOut.of(organization, kind, language, own.get((kind.value, language)))
            for kind, language in DEFAULTS
        ]
    )


@router.put(
    "/{kind}/{language}",
    dependencies=[allow()],
    responses=problem_docs(UnknownOrganization, PreconditionFailed),
)
async def put_text(
    kind: ReminderKind,
    language: Language,
    body: TextIn,
    organization_id: OrganizationId,
    caller: Caller,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> TextOut:
    """Write the organization's own text; reminders made from now on say it."""
    organization = await load_organization(session, organization_id)
    own = await store.own_text(session, organization_id, kind, language)
    expect_version(seen, own.version if own else 0)
    if own is None:
        own = ReminderText(
            organization_id=organization_id, kind=kind.value, language=language, version=0
        )
        session.add(own)
    own.title, own.body, own.version = body.title, body.body, own.version + 1
    own.updated_at, own.updated_by = clock.now(), caller.user_id
    await session.flush()
    response.headers["ETag"] = etag(own.version)
    return TextOut.of(organization, kind, language, own)


@router.delete(
    "/{kind}/{language}",
    status_code=204,
    dependencies=[allow()],
    responses=problem_docs(UnknownOrganization, PreconditionFailed),
)
async def delete_text(
    kind: ReminderKind,
    language: Language,
    organization_id: OrganizationId,
    seen: IfMatch,
    session: Session,
) -> None:
    """Go back to the text that comes with the system."""
    await load_organization(session, organization_id)
    own = await store.own_text(session, organization_id, kind, language)
    expect_version(seen, own.version if own else 0)
    if own is not None:
        await session.delete(own)
