"""HTTP that promises, plans and offers have in common: find them, and end them by hand.

Each kind makes its own; what is made is listed, shown and cancelled alike, under its own
paths and names.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response

from services.collections.agreements import operations, views
from services.collections.agreements.model import Agreement
from services.collections.agreements.problems import AgreementOpen, AgreementOver, NothingOwed
from services.collections.agreements.rules import AgreementKind
from services.collections.agreements.views import AgreementOut, CancelIn, Filters
from services.collections.cases.problems import CaseClosed
from services.collections.cases.sight import InSight
from services.collections.policies.problems import DayOutOfReach
from shared.auth import Role, allow
from shared.http import IfMatch, Session, Transactional, etag
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, Problem, problem_docs
from shared.tenancy import UnknownOrganization

Out = TypeVar("Out", bound=AgreementOut)

WORKERS: Final = allow(Role.COLLECTOR)
MAKING: Final = (
    NotFound,
    AgreementOpen,
    CaseClosed,
    DayOutOfReach,
    NothingOwed,
    UnknownOrganization,
)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Out]):
    """One kind of agreement as it is shown, and what cancelling it means."""

    kind: AgreementKind
    out: type[Out]
    page: type[Page[Out]]
    cancelling: str

    def router(self) -> APIRouter:
        """The router of the kind, without what lists and shows it."""
        return APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)

    def making(self, *problems: type[Problem]) -> dict[str, Any]:
        """What every POST that makes one has in common; `problems` are the kind's own."""
        return {
            "path": f"/cases/{{case_id}}/{self.kind}s",
            "status_code": 201,
            "dependencies": [WORKERS],
            "responses": problem_docs(*MAKING, *problems),
        }

    async def made(self, session: Session, response: Response, agreement: Agreement) -> Out:
        """The answer to a POST that made one."""
        response.headers["Location"] = f"/collections/{self.kind}s/{agreement.id}"
        return await self.one(session, response, agreement)

    async def one(self, session: Session, response: Response, agreement: Agreement) -> Out:
        """One agreement with its version."""
        response.headers["ETag"] = etag(agreement.version)
        (shown,) = await self.out.shown(session, [agreement])
        return shown


def add_common_routes(router: APIRouter, of: Kind[Out]) -> None:
    """List, show and cancel agreements of a kind."""
    kind, plural = of.kind, f"{of.kind}s"
    AgreementId = Annotated[UUID, Path(alias=f"{kind}_id")]

    async def find(
        sight: InSight,
        session: Session,
        paging: Paging,
        wanted: Annotated[Filters, Depends(views.filters)],
    ) -> Page[Out]:
        found, following = await views.list_agreements(session, sight, kind, paging, wanted)
        return Page(items=await of.out.shown(session, found), next=following)

    async def get(
        agreement_id: AgreementId, sight: InSight, session: Session, response: Response
    ) -> Out:
        found = await operations.get(session, sight, agreement_id, kind)
        return await of.one(session, response, found)

    async def cancel(
        agreement_id: AgreementId,
        body: CancelIn,
        sight: InSight,
        seen: IfMatch,
        session: Session,
        response: Response,
    ) -> Out:
        ended = await operations.cancel(
            session, sight, agreement_id, kind, seen=seen, note=body.note
        )
        return await of.one(session, response, ended)

    router.add_api_route(
        f"/{plural}",
        find,
        name=f"list_{plural}",
        description=f"{plural.capitalize()}; sorted by `made_at` (default, the latest first),"
        " `until` or `amount`.",
        response_model=of.page,
        dependencies=[allow(*Role)],
        responses=problem_docs(BadCursor, BadSort),
    )
    router.add_api_route(
        f"/{plural}/{{{kind}_id}}",
        get,
        name=f"get_{kind}",
        description=f"One {kind}.",
        response_model=of.out,
        dependencies=[allow(*Role)],
        responses=problem_docs(NotFound),
    )
    router.add_api_route(
        f"/{plural}/{{{kind}_id}}/cancel",
        cancel,
        name=f"cancel_{kind}",
        description=of.cancelling,
        methods=["POST"],
        response_model=of.out,
        dependencies=[WORKERS],
        responses=problem_docs(NotFound, AgreementOver, PreconditionFailed, UnknownOrganization),
    )
