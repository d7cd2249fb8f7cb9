"""HTTP for customers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.customers.customers import operations, store
from services.customers.customers.problems import (
    CustomerAlreadyActive,
    ExternalRefTaken,
    NationalIdTaken,
)
from services.customers.customers.rules import LONGEST_TAG, MOST_TAGS, Details
from services.customers.text import Name, Needle, ShortText
from shared.auth import Role, allow
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, problem_docs

router = APIRouter(prefix="/customers", tags=["customers"], route_class=Transactional)

ANYONE = allow(*Role)
CLERKS = allow(Role.CLERK)

Language = Literal["es", "en"]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TAG)]
Tags = Annotated[
    list[Tag],
    Field(max_length=MOST_TAGS, description="Lower-case words with dashes; kept sorted."),
]


class CustomerIn(BaseModel):
    """A new customer."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    national_id: ShortText | None = Field(
        None, description="Checked by the rules of the organization's country."
    )
    email: ShortText | None = None
    phone: ShortText | None = Field(
        None, description="As dialled in the organization's country, or international."
    )
    external_ref: ShortText | None = Field(
        None,
        description="What your other systems call the customer; unique, and for life. Files"
        " name the customer by it.",
    )
    language: Language | None = Field(None, description="The organization's if left out.")
    time_zone: ShortText | None = Field(
        None, description="IANA name; the organization's if left out."
    )
    area: ShortText | None = Field(None, description="Where the customer lives, for moratoria.")
    tags: Tags = Field(default_factory=list, description="What policies select customers by.")


class CustomerChange(BaseModel):
    """What to change; what is left out stays, null empties (a name cannot be emptied)."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    national_id: ShortText | None = None
    email: ShortText | None = None
    phone: ShortText | None = None
    language: Language | None = None
    time_zone: ShortText | None = None
    area: ShortText | None = None
    tags: Tags | None = None


class CustomerOut(BaseModel):
    """A customer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    name: str
    national_id: str | None
    email: str | None
    phone: str | None = Field(description="E.164.")
    external_ref: str | None
    language: Language | None
    time_zone: str | None
    area: str | None
    tags: list[str]
    active: bool
    created_at: datetime
    updated_at: datetime


@router.get("", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_customers(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    q: Annotated[
        Needle | None,
        Query(description="Part of the name, national id, e-mail or external reference."),
    ] = None,
    active: Annotated[bool | None, Query()] = None,
    national_id: Annotated[Needle | None, Query()] = None,
    external_ref: Annotated[Needle | None, Query()] = None,
    email: Annotated[Needle | None, Query()] = None,
    tag: Annotated[Needle | None, Query()] = None,
    area: Annotated[Needle | None, Query()] = None,
) -> Page[CustomerOut]:
    """Customers, former ones too; sorted by `name` (default) or `created_at`."""
    found, following = await store.list_customers(
        session,
        organization_id,
        paging,
        q=q,
        active=active,
        national_id=national_id,
        external_ref=external_ref,
        email=email.lower() if email else None,
        tag=tag.lower() if tag else None,
        area=area,
    )
    return Page(items=[CustomerOut.model_validate(one) for one in found], next=following)


@router.post(
    "",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(NationalIdTaken, ExternalRefTaken),
)
async def register_customer(
    body: CustomerIn, organization_id: OrganizationId, session: Session, response: Response
) -> CustomerOut:
    """Take on a customer."""
    details = Details(
        body.name,
        body.national_id,
        body.email,
        body.phone,
        body.language,
        body.time_zone,
        body.area,
        tuple(body.tags),
    )
    customer = await operations.register(session, organization_id, details, body.external_ref)
    response.headers["ETag"] = etag(customer.version)
    response.headers["Location"] = f"/customers/{customer.id}"
    return CustomerOut.model_validate(customer)


@router.get("/{customer_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_customer(
    customer_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> CustomerOut:
    """One customer."""
    row = await store.read_customer(session, organization_id, customer_id)
    response.headers["ETag"] = etag(row["version"])
    return CustomerOut.model_validate(row)


@router.patch(
    "/{customer_id}",
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, NationalIdTaken, PreconditionFailed),
)
async def change_customer(
    customer_id: UUID,
    body: CustomerChange,
    organization_id: OrganizationId,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> CustomerOut:
    """Correct a customer's details."""
    changes = body.model_dump(exclude_unset=True)
    if changes.get("name", "") is None:
        del changes["name"]
    customer = await operations.revise(session, organization_id, customer_id, changes, seen)
    response.headers["ETag"] = etag(customer.version)
    return CustomerOut.model_validate(customer)


@router.post(
    "/{customer_id}/activate",
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, CustomerAlreadyActive),
)
async def activate_customer(
    customer_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> CustomerOut:
    """Serve a former customer again; cancelled lines stay cancelled."""
    customer = await operations.reactivate(session, organization_id, customer_id)
    response.headers["ETag"] = etag(customer.version)
    return CustomerOut.model_validate(customer)
