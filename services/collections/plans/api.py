"""HTTP for payment plans."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.collections.agreements import operations as agreements
from services.collections.agreements import views
from services.collections.agreements.model import Agreement, InstalmentRow
from services.collections.agreements.problems import (
    AgreementOpen,
    AgreementOver,
    DayOutOfReach,
    NothingOwed,
)
from services.collections.agreements.rules import AgreementKind, Instalment
from services.collections.agreements.views import AgreementOut, CancelIn, Filters
from services.collections.cases.problems import CaseClosed
from services.collections.cases.sight import InSight
from services.collections.plans import operations
from services.collections.plans.operations import Schedule
from services.collections.plans.problems import PlanSumDiffers
from services.collections.plans.rules import MOST_INSTALMENTS, Every, in_order, spread
from services.collections.text import Note
from shared.auth import Role, allow
from shared.http import IfMatch, Session, Transactional, etag
from shared.money import MoneyIn, MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, ValidationFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)
LAST_DAY: Final = date(2999, 12, 31)


class InstalmentIn(BaseModel):
    """What is to come by a day."""

    model_config = ConfigDict(extra="forbid")

    due_on: date
    amount: MoneyIn


class ScheduleIn(BaseModel):
    """Equal instalments."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1, le=MOST_INSTALMENTS)
    first_on: date = Field(le=LAST_DAY)
    every: Every = Every.MONTH


class PaymentPlanIn(BaseModel):
    """How what is overdue, and a fee, is to be paid."""

    model_config = ConfigDict(extra="forbid")

    schedule: ScheduleIn | None = Field(None, description="Instead of `instalments`.")
    instalments: list[InstalmentIn] | None = Field(
        None,
        min_length=1,
        max_length=MOST_INSTALMENTS,
        description="In order of their days; they sum to the debt and the fee.",
    )
    fee: MoneyIn | None = Field(
        None, description="On top of the debt; charge it by an invoice of its own."
    )
    grace_days: int = Field(0, ge=0, le=60, description="Before an instalment counts as missed.")
    note: Note | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.schedule is None) == (self.instalments is None):
            raise ValueError("give either `schedule` or `instalments`")
        if self.instalments and not in_order([each.due_on for each in self.instalments]):
            raise ValueError("instalments come in order of their days")
        return self

    def made_of(self, currency: str) -> Schedule:
        """What makes the instalments of a total."""
        if self.schedule is not None:
            asked = self.schedule
            return lambda total, _: spread(total, asked.count, asked.first_on, asked.every)
        given = [
            Instalment(
                place + 1,
                each.due_on,
                views.money(each.amount, currency, "instalments", place, "amount").minor,
            )
            for place, each in enumerate(self.instalments or ())
        ]
        for place, instalment in enumerate(given):
            if instalment.amount_minor < 1:
                raise ValidationFailed.of("must be more than 0", "body", "instalments", place)
        return lambda _total, _today: given


class InstalmentOut(BaseModel):
    """What is to come by a day."""

    number: int
    due_on: date
    amount: MoneyOut
    covered: MoneyOut = Field(description="What of it has come: money fills them in order.")


class PaymentPlanOut(AgreementOut):
    """A payment plan: kept when all has come, broken when an instalment is missed."""

    fee: MoneyOut
    debt: MoneyOut
    grace_days: int
    last_due_on: date
    instalments: list[InstalmentOut]

    @classmethod
    def of(cls, agreement: Agreement, instalments: Sequence[InstalmentRow]) -> Self:
        """Show a plan."""
        left, currency = agreement.received_minor, agreement.currency
        shown = []
        for each in instalments:
            covered = min(left, each.amount_minor)
            left -= covered
            shown.append(
                InstalmentOut(
                    number=each.number,
                    due_on=each.due_on,
                    amount=MoneyOut.of(each.amount_minor, currency),
                    covered=MoneyOut.of(covered, currency),
                )
            )
        return cls.model_validate(
            {
                **views.members(agreement),
                "fee": MoneyOut.of(agreement.fee_minor, currency),
                "debt": MoneyOut.of(agreement.debt_minor, currency),
                "grace_days": agreement.grace_days,
                "last_due_on": instalments[-1].due_on,
                "instalments": shown,
            }
        )


@router.post(
    "/cases/{case_id}/plans",
    status_code=201,
    dependencies=[WORKERS],
    responses=problem_docs(
        NotFound,
        AgreementOpen,
        CaseClosed,
        DayOutOfReach,
        NothingOwed,
        PlanSumDiffers,
        UnknownOrganization,
    ),
)
async def agree_on_plan(
    case_id: UUID, body: PaymentPlanIn, sight: InSight, session: Session, response: Response
) -> PaymentPlanOut:
    """Agree on a plan; its debt counts for nothing while it is in good standing."""
    currency = (await load_organization(session, sight.organization_id)).currency
    made = await operations.agree(
        session,
        sight,
        case_id,
        schedule=body.made_of(currency),
        fee_minor=views.money(body.fee, currency, "fee").minor if body.fee else 0,
        grace_days=body.grace_days,
        note=body.note,
    )
    response.headers["ETag"] = etag(made.version)
    response.headers["Location"] = f"/collections/plans/{made.id}"
    return await _shown(session, made)


@router.get("/plans", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_plans(
    sight: InSight,
    session: Session,
    paging: Paging,
    wanted: Annotated[Filters, Depends(views.filters)],
) -> Page[PaymentPlanOut]:
    """Plans; sorted by `made_at` (default, the latest first), `until` or `amount`."""
    found, following = await views.list_agreements(
        session, sight, AgreementKind.PLAN, paging, wanted
    )
    instalments = await views.instalments(session, [each.id for each in found])
    items = [PaymentPlanOut.of(each, instalments[each.id]) for each in found]
    return Page(items=items, next=following)


@router.get("/plans/{plan_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_plan(
    plan_id: UUID, sight: InSight, session: Session, response: Response
) -> PaymentPlanOut:
    """One plan."""
    found = await agreements.get(session, sight, plan_id, AgreementKind.PLAN)
    response.headers["ETag"] = etag(found.version)
    return await _shown(session, found)


@router.post(
    "/plans/{plan_id}/cancel",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, AgreementOver, PreconditionFailed, UnknownOrganization),
)
async def cancel_plan(
    plan_id: UUID,
    body: CancelIn,
    sight: InSight,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> PaymentPlanOut:
    """Give a plan up; its debt counts again."""
    ended = await agreements.cancel(
        session, sight, plan_id, AgreementKind.PLAN, seen=seen, note=body.note
    )
    response.headers["ETag"] = etag(ended.version)
    return await _shown(session, ended)


async def _shown(session: Session, agreement: Agreement) -> PaymentPlanOut:
    instalments = await views.instalments(session, [agreement.id])
    return PaymentPlanOut.of(agreement, instalments[agreement.id])
