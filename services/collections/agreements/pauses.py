"""What agreements keep from counting."""

from services.collections.agreements.model import Agreement
from services.collections.agreements.rules import AgreementKind
from services.collections.agreements.store import Held
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause

PAUSE: dict[str, PauseKind] = {
    AgreementKind.PROMISE: PauseKind.PROMISE,
    AgreementKind.PLAN: PauseKind.PLAN,
    AgreementKind.OFFER: PauseKind.PROMISE,
}


def pause_of(agreement: Agreement | Held, owed_minor: int, *, paid_first: bool) -> NewPause:
    """What an open agreement pauses: a plan what is owed of its debt, the others all until a day.

    A plan whose debt is paid pauses the invoice of its fee, which falls due with its end.
    """
    plan = agreement.kind == AgreementKind.PLAN
    for_fee = plan and owed_minor == 0
    return NewPause(
        agreement.organization_id,
        agreement.customer_id,
        PAUSE[agreement.kind],
        agreement.id,
        from_on=agreement.made_on,
        until_on=None if plan else agreement.last_on,
        line_id=agreement.line_id,
        invoice_id=agreement.fee_invoice_id if for_fee else None,
        amount_minor=owed_minor if plan and not for_fee else None,
        restores=agreement.restores or (plan and paid_first),
    )


def ending_of(agreement: Agreement | Held) -> Ending:
    """The end of what an agreement paused."""
    return Ending(
        agreement.organization_id, agreement.customer_id, PAUSE[agreement.kind], agreement.id
    )
