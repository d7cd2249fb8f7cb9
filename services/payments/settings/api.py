"""HTTP for the settings of payments."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.payments.payments.rules import AllocationOrder, Surplus
from services.payments.settings import store
from shared import clock
from shared.auth import Caller, Role, allow
from shared.db import raw
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag, expect_version
from shared.problems import PreconditionFailed, problem_docs

router = APIRouter(prefix="/payments/settings", tags=["payments"], route_class=Transactional)


class PaymentSettings(BaseModel):
    """How money is taken when a request does not say."""

    model_config = ConfigDict(extra="forbid")

    surplus: Surplus = Field(description="What to do with money beyond what is open.")
    apply_credit_on_issue: bool = Field(
        description="Whether account credit pays an invoice by itself when it is issued."
    )
    apply_credit_automatically: bool = Field(
        False,
        description="Whether account credit also pays, by itself, what was issued before it came.",
    )
    allocation_order: AllocationOrder = Field(
        description="Which of a customer's debts money is put against first."
    )


class PaymentSettingsOut(PaymentSettings):
    """The settings that hold; version 0 while nobody has changed the defaults."""

    version: int


@router.get("", dependencies=[allow(*Role)])
async def get_payment_settings(
    organization_id: OrganizationId, session: Session, response: Response
) -> PaymentSettingsOut:
    """The settings that hold."""
    return _shown(await store.find(await raw(session), organization_id), response)


@router.put("", dependencies=[allow()], responses=problem_docs(PreconditionFailed))
async def set_payment_settings(
    body: PaymentSettings,
    seen: IfMatch,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> PaymentSettingsOut:
    """Replace the settings; requests already decided stay as they are."""
    tx = await raw(session)
    known, at = await store.find(tx, organization_id), clock.now()
    expect_version(seen, known["version"])
    stored = await store.store(
        tx,
        {
            "organization_id": organization_id,
            "surplus": body.surplus.value,
            "apply_credit_on_issue": body.apply_credit_on_issue,
            "apply_credit_automatically": body.apply_credit_automatically,
            "allocation_order": body.allocation_order.value,
            "at": at,
            "by": caller.user_id,
            "seen": seen or None,
        },
    )
    if stored is None:
        raise PreconditionFailed("Somebody changed the settings just now; read them again.")
    if body.apply_credit_automatically and not known["apply_credit_automatically"]:
        await store.spend_credit(tx, organization_id, at)
    return _shown(stored, response)


def _shown(row: dict[str, Any], response: Response) -> PaymentSettingsOut:
    response.headers["ETag"] = etag(row["version"])
    return PaymentSettingsOut(**row)
