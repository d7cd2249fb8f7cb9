"""HTTP <-> categories."""

from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.billing.categories import operations, store
from services.billing.categories.model import Category
from services.billing.categories.problems import CategoryIsDefault, CategoryNameTaken
from shared.auth import Role, allow
from shared.http import APIRouter, IfMatch, OrganizationId, Session, Transactional, etag
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, problem_docs

router = APIRouter(prefix="/categories", tags=["categories"], route_class=Transactional)

WRITERS: Final = [allow(Role.CLERK)]
SORTABLE: Final[dict[str, Any]] = {"name": Category.name, "created_at": Category.created_at}
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Colour = Annotated[str, StringConstraints(pattern="^#[0-9a-f]{6}$"), Field(examples=["#2f9e44"])]


class CategoryIn(BaseModel):
    """A new category."""

    name: Name
    colour: Colour | None = None
    is_default: bool = Field(False, description="Items that name no category get this one.")


class CategoryPatch(BaseModel):
    """Changes to a category; what is left out stays."""

    name: Name | None = None
    colour: Colour | None = None
    active: bool | None = None
    is_default: bool | None = None

    @model_validator(mode="after")
    def _only_the_colour_is_removable(self) -> Self:
        for member in ("name", "active", "is_default"):
            if member in self.model_fields_set and getattr(self, member) is None:
                raise ValueError(f"leave {member} out to keep it")
        return self


class CategoryOut(BaseModel):
    """A category."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    colour: str | None
    active: bool
    is_default: bool
    version: int
    created_at: datetime
    updated_at: datetime


@router.get("")
async def list_categories(
    paging: Paging,
    session: Session,
    organization_id: OrganizationId,
    active: bool | None = None,
) -> Page[CategoryOut]:
    """Categories by name."""
    query = store.listing(organization_id)
    if active is not None:
        query = query.where(Category.active == active)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=SORTABLE,
        default="name",
        key=Category.id.expression,
    )
    return Page(items=[CategoryOut.model_validate(row) for (row,) in rows], next=following)


@router.post("", status_code=201, dependencies=WRITERS, responses=problem_docs(CategoryNameTaken))
async def create_category(
    body: CategoryIn, session: Session, organization_id: OrganizationId, response: Response
) -> CategoryOut:
    """Make a category."""
    wanted = operations.Wanted(body.name, body.colour, body.is_default)
    category = await operations.create(session, organization_id, wanted)
    response.headers["Location"] = f"/categories/{category.id}"
    return _shown(category, response)


@router.get("/{category_id}", responses=problem_docs(NotFound))
async def get_category(
    category_id: UUID, session: Session, organization_id: OrganizationId, response: Response
) -> CategoryOut:
    """One category."""
    return _shown(await store.read(session, organization_id, category_id), response)


@router.patch(
    "/{category_id}",
    dependencies=WRITERS,
    responses=problem_docs(NotFound, CategoryNameTaken, CategoryIsDefault, PreconditionFailed),
)
async def change_category(
    category_id: UUID,
    body: CategoryPatch,
    session: Session,
    organization_id: OrganizationId,
    seen: IfMatch,
    response: Response,
) -> CategoryOut:
    """Change a category. Items that have it keep it, also when it is inactive."""
    changes = body.model_dump(exclude_unset=True)
    category = await operations.change(session, organization_id, category_id, seen, changes)
    return _shown(category, response)


def _shown(category: Category, response: Response) -> CategoryOut:
    response.headers["ETag"] = etag(category.version)
    return CategoryOut.model_validate(category)
