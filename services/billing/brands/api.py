"""HTTP <-> the brand of the caller's organization."""

from dataclasses import replace
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import AfterValidator, Base64Bytes, BaseModel, Field, StringConstraints

from services.billing.brands import store
from services.billing.brands.rules import BadLogo, logo_type
from services.billing.brands.store import FIELDS, Brand
from services.billing.papers import printing
from services.billing.papers.printing import CannotPrint
from shared.auth import allow
from shared.db import raw
from shared.http import (
    APIRouter,
    IfMatch,
    OrganizationId,
    Session,
    Transactional,
    etag,
    expect_version,
)
from shared.problems import NotFound, PreconditionFailed, ValidationFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/invoices/brand", tags=["papers"], route_class=Transactional)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Lines = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Colour = Annotated[
    str,
    StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"),
    AfterValidator(str.lower),
    Field(examples=["#1f3a5f"]),
]


class BrandFacts(BaseModel):
    """What papers show of the organization; the lines of a text are lines on the paper."""

    legal_name: Line | None = Field(None, description="The organization's name when left out.")
    tax_id: Line | None = None
    address: Lines | None = None
    contact: Lines | None = Field(None, description="Phone, e-mail, web site.")
    colour: Colour = Brand().colour
    accent: Colour = Brand().accent
    footer: Lines | None = None
    payment_instructions: Lines | None = Field(None, description="Bank accounts and the like.")


class BrandIn(BrandFacts):
    """The brand; the logo stays when it is left out and goes when it is null."""

    logo: Base64Bytes | None = Field(
        None,
        max_length=700_000,
        description="A PNG or SVG picture of at most 512 KiB, in base64.",
    )


class BrandOut(BrandFacts):
    """The brand in force."""

    logo_type: str | None = Field(description="Its picture is at /invoices/brand/logo.")
    version: int = Field(description="0 while nothing is set.")

    @classmethod
    def of(cls, brand: Brand) -> Self:
        """Show a brand."""
        facts: dict[str, Any] = {name: getattr(brand, name) for name in FIELDS}
        return cls(**facts, logo_type=brand.logo_type, version=brand.version)


@router.get("")
async def get_brand(
    session: Session, organization_id: OrganizationId, response: Response
) -> BrandOut:
    """The organization's brand; a plain one until it sets its own."""
    brand = await store.load(await raw(session), organization_id)
    response.headers["ETag"] = etag(brand.version)
    return BrandOut.of(brand)


@router.put(
    "",
    dependencies=[allow()],
    responses=problem_docs(PreconditionFailed, UnknownOrganization, ValidationFailed),
)
async def put_brand(
    body: BrandIn,
    session: Session,
    organization_id: OrganizationId,
    seen: IfMatch,
    response: Response,
) -> BrandOut:
    """Set the brand; papers printed from now on show it, those of old invoices too."""
    connection = await raw(session)
    await load_organization(connection, organization_id)
    before = await store.lock(connection, organization_id)
    expect_version(seen, before.version)
    brand = Brand(
        **{name: getattr(body, name) for name in FIELDS},
        logo=before.logo,
        logo_type=before.logo_type,
    )
    if "logo" in body.model_fields_set:
        brand = replace(brand, logo=body.logo, logo_type=await _checked(body.logo))
    await store.put(connection, organization_id, brand)
    stored = await store.load(connection, organization_id)
    response.headers["ETag"] = etag(stored.version)
    return BrandOut.of(stored)


async def _checked(logo: bytes | None) -> str | None:
    """The media type of a logo that can be printed; raises ValidationFailed."""
    if logo is None:
        return None
    try:
        kind = logo_type(logo)
        await printing.try_logo(logo, kind)
    except (BadLogo, CannotPrint) as error:
        raise ValidationFailed.of(str(error), "body", "logo", type="logo") from error
    return kind


@router.get(
    "/logo",
    response_class=Response,
    responses={
        200: {
            "description": "The picture.",
            "content": {
                name: {"schema": {"type": "string", "format": "binary"}}
                for name in ("image/png", "image/svg+xml")
            },
        },
        **problem_docs(NotFound),
    },
)
async def get_logo(session: Session, organization_id: OrganizationId) -> Response:
    """The organization's logo."""
    brand = await store.load(await raw(session), organization_id)
    if brand.logo is None:
        raise NotFound("logo", organization_id)
    return Response(
        brand.logo,
        media_type=brand.logo_type,
        headers={
            "ETag": etag(brand.version),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
