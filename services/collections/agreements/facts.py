"""What is announced of agreements."""

from collections.abc import Mapping
from typing import Final

from services.collections.agreements.model import Agreement
from services.collections.agreements.rules import AgreementKind, AgreementStatus, Judgement
from services.collections.agreements.store import Held
from shared.contracts.collections import (
    OfferLapsed,
    OfferMade,
    OfferTaken,
    PlanAgreed,
    PlanBroken,
    PlanKept,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
)
from shared.contracts.event import EventData
from shared.outbox import Outgoing

PROMISES: Final[Mapping[AgreementStatus, type[PromiseKept] | type[PromiseBroken]]] = {
    AgreementStatus.KEPT: PromiseKept,
    AgreementStatus.BROKEN: PromiseBroken,
}
PLANS: Final[Mapping[AgreementStatus, type[PlanKept] | type[PlanBroken]]] = {
    AgreementStatus.KEPT: PlanKept,
    AgreementStatus.BROKEN: PlanBroken,
}


def made(agreement: Agreement, instalments: int) -> Outgoing:
    """That an agreement was made."""
    match agreement.kind:
        case AgreementKind.PROMISE:
            return _outgoing(agreement, _promise(PromiseMade, agreement))
        case AgreementKind.PLAN:
            return _outgoing(agreement, _plan(PlanAgreed, agreement, instalments))
    return _outgoing(agreement, _offer(OfferMade, agreement))


def ended(held: Held, found: Judgement, rest_minor: int, instalments: int) -> Outgoing | None:
    """That an agreement was kept or broken; nothing is said of one that was cancelled."""
    if found.status is AgreementStatus.CANCELLED:
        return None
    match held.kind:
        case AgreementKind.PROMISE:
            return _outgoing(held, _promise(PROMISES[found.status], held))
        case AgreementKind.PLAN:
            return _outgoing(held, _plan(PLANS[found.status], held, instalments))
    if found.status is AgreementStatus.KEPT:
        return _outgoing(held, _offer(OfferTaken, held, rest_minor=rest_minor))
    return _outgoing(held, _offer(OfferLapsed, held))


def _outgoing(agreement: Agreement | Held, data: EventData) -> Outgoing:
    return Outgoing(data, agreement.organization_id, agreement.id, agreement.version)


def _promise(
    fact: type[PromiseMade] | type[PromiseKept] | type[PromiseBroken], agreement: Agreement | Held
) -> EventData:
    return fact(
        promise_id=agreement.id,
        case_id=agreement.case_id,
        customer_id=agreement.customer_id,
        amount_minor=agreement.amount_minor,
        currency=agreement.currency,
        promised_for=agreement.last_on,
    )


def _plan(
    fact: type[PlanAgreed] | type[PlanKept] | type[PlanBroken],
    agreement: Agreement | Held,
    instalments: int,
) -> EventData:
    return fact(
        plan_id=agreement.id,
        case_id=agreement.case_id,
        customer_id=agreement.customer_id,
        line_id=agreement.line_id,
        amount_minor=agreement.amount_minor,
        fee_minor=agreement.fee_minor,
        fee_invoice_id=agreement.fee_invoice_id,
        currency=agreement.currency,
        instalments=instalments,
        last_due_on=agreement.last_on,
    )


def _offer(
    fact: type[OfferMade] | type[OfferTaken] | type[OfferLapsed],
    agreement: Agreement | Held,
    **more: int,
) -> EventData:
    return fact.model_validate(
        {
            "offer_id": agreement.id,
            "case_id": agreement.case_id,
            "customer_id": agreement.customer_id,
            "line_id": agreement.line_id,
            "amount_minor": agreement.amount_minor,
            "debt_minor": agreement.debt_minor,
            "currency": agreement.currency,
            "offered_until": agreement.last_on,
            **more,
        }
    )
