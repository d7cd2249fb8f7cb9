"""HTTP for why a line or a customer is where it is."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field

from services.collections.policies.document import StageKind
from services.collections.why import operations
from services.collections.why.customers import CustomerExplanation, explain_customer
from services.collections.why.operations import Explanation
from services.collections.why.rules import Payment
from services.collections.why.words import Words, language_of
from shared.auth import Role, allow
from shared.contracts.customers import LineStatus
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(tags=["collections"], route_class=Transactional)


class WhyReason(BaseModel):
    """One condition that keeps the line where it is."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["beyond_grace"])
    text: str


class WhyPayment(BaseModel):
    """The least that has to be paid, in each currency, and the last day for it."""

    amounts: list[MoneyOut]
    by: date | None = Field(description="Null: at any time, with effect at once.")

    @classmethod
    def of(cls, payment: Payment | None) -> Self | None:
        """Show a payment, if one would do."""
        if payment is None:
            return None
        amounts = sorted(payment.amounts.items())
        return cls(amounts=[MoneyOut.of(minor, name) for name, minor in amounts], by=payment.by)


class Why(BaseModel):
    """Why a line is or is not suspended at this moment, and what would change it."""

    line_id: UUID
    status: LineStatus
    suspended_for_non_payment: bool = Field(description="By fact or by the last order.")
    language: Literal["en", "es"]
    summary: str = Field(
        examples=["Suspended for non-payment: 1 invoice is overdue by 12 days, 34.50 USD in all."]
    )
    reasons: list[WhyReason]
    what_would_change_it: str = Field(
        examples=["Pay 34.50 USD and it is switched back on at once."]
    )
    payment: WhyPayment | None
    suspended_on: date | None = Field(
        description="The day it would be suspended if nothing else happened."
    )
    segment: str | None = Field(description="Of the policy's segments, the one it belongs to.")
    decision_id: UUID | None = Field(description="Behind the last order, if there was one.")

    @classmethod
    def of(cls, found: Explanation) -> Self:
        """Show an explanation."""
        line = found.standing.line
        return cls.model_validate(
            {
                "line_id": line.line_id,
                "status": line.status,
                "suspended_for_non_payment": found.standing.off,
                "language": found.language,
                "summary": found.summary,
                "reasons": [WhyReason.model_validate(each) for each in found.reasons],
                "what_would_change_it": found.what_would_change_it,
                "payment": WhyPayment.of(found.payment),
                "suspended_on": found.next_on,
                "segment": found.standing.verdict.segment,
                "decision_id": line.decision_id,
            }
        )


class WhyStage(BaseModel):
    """A stage of the policy that was reached on a day, or comes on it."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["warn-3"])
    kind: StageKind
    on: date


class CustomerWhy(BaseModel):
    """How far up the policy's ladder a customer is, what comes next, and what would change it."""

    model_config = ConfigDict(from_attributes=True)

    customer_id: UUID
    without_line: bool = Field(
        description="Only what is owed for no line counts, and there is none to suspend."
    )
    language: Literal["en", "es"]
    summary: str = Field(
        examples=["1 invoice is overdue by 12 days, 34.50 USD in all. So far: warning (3 May)."]
    )
    reasons: list[WhyReason] = Field(description="The conditions that do not hold.")
    reached: list[WhyStage] = Field(description="Since nothing was overdue, the first one first.")
    following: list[WhyStage] = Field(description="What comes next if nothing else happens.")
    what_would_change_it: str
    payment: WhyPayment | None
    segment: str | None = Field(description="Of the policy's segments, the one it belongs to.")
    case_id: UUID | None = Field(description="Of the episode that goes on, if there is one.")
    decision_id: UUID | None = Field(description="The last one made without a line.")

    @classmethod
    def of(cls, found: CustomerExplanation) -> Self:
        """Show an explanation."""
        shown = {name: getattr(found, name) for name in cls.model_fields if name != "payment"}
        return cls.model_validate(shown | {"payment": WhyPayment.of(found.payment)})


@router.get(
    "/customers/{customer_id}/why",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_customer_why(
    customer_id: UUID,
    organization_id: OrganizationId,
    session: Session,
    lang: Annotated[Literal["en", "es"] | None, Query()] = None,
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> CustomerWhy:
    """Which stages a customer has reached, in plain words, what follows and what would change it.

    Of what is owed for no line or, by scope `customer`, of everything; a line has its own
    `why`. In the language asked for, else one the caller accepts, else the organization's.
    """
    organization = await load_organization(session, organization_id)
    words = Words(language_of(lang, accept_language, organization.locale))
    return CustomerWhy.of(await explain_customer(session, organization_id, customer_id, words))


@router.get(
    "/lines/{line_id}/why",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_why(
    line_id: UUID,
    organization_id: OrganizationId,
    session: Session,
    lang: Annotated[Literal["en", "es"] | None, Query()] = None,
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> Why:
    """Why a line is or is not suspended, in plain words, and what would change it.

    In the language asked for, else one the caller accepts, else the organization's.
    """
    organization = await load_organization(session, organization_id)
    words = Words(language_of(lang, accept_language, organization.locale))
    return Why.of(await operations.explain(session, organization_id, line_id, words))
