"""HTTP for payment plans."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Self
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.agreements import views
from services.collections.agreements.model import Agreement, InstalmentRow
from services.collections.agreements.routes import Kind, add_common_routes
from services.collections.agreements.rules import AgreementKind, Instalment
from services.collections.agreements.views import AgreementOut
from services.collections.cases.sight import InSight
from services.collections.plans import operations
from services.collections.plans.operations import Schedule
from services.collections.plans.problems import PlanSumDiffers
from services.collections.plans.rules import MOST_INSTALMENTS, Every, in_order, spread
from services.collections.text import Note
from shared.http import Session
from shared.money import MoneyIn, MoneyOut
from shared.pages import Page
from shared.problems import ValidationFailed
from shared.tenancy import load_organization

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
        None, description="On top of the debt; an invoice of its own asks for it."
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
    fee_invoice_id: UUID | None = Field(
        description="The invoice that asks for the fee, due with the last instalment."
    )
    debt: MoneyOut
    grace_days: int
    last_due_on: date
    instalments: list[InstalmentOut]

    @classmethod
    async def shown(cls, session: AsyncSession, found: Sequence[Agreement]) -> list[Self]:
        """Show plans with their instalments."""
        instalments = await views.instalments(session, [each.id for each in found])
        return [cls._of(each, instalments[each.id]) for each in found]

    @classmethod
    def _of(cls, agreement: Agreement, instalments: Sequence[InstalmentRow]) -> Self:
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
                "fee_invoice_id": agreement.fee_invoice_id,
                "debt": MoneyOut.of(agreement.debt_minor, currency),
                "grace_days": agreement.grace_days,
                "last_due_on": instalments[-1].due_on,
                "instalments": shown,
            }
        )


PLANS: Final = Kind(
    AgreementKind.PLAN,
    PaymentPlanOut,
    Page[PaymentPlanOut],
    cancelling="Give a plan up; its debt counts again.",
)
router = PLANS.router()


@router.post(**PLANS.making(PlanSumDiffers))
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
    return await PLANS.made(session, response, made)


add_common_routes(router, PLANS)
