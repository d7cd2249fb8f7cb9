"""What the lists and answers of promises, plans and offers have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.agreements.model import Agreement, InstalmentRow
from services.collections.agreements.rules import AgreementKind, AgreementStatus
from services.collections.cases.model import Case
from services.collections.cases.sight import Sight
from services.collections.text import Note
from shared.money import Money, MoneyError, MoneyIn, MoneyOut
from shared.pages import PageRequest, paginate
from shared.problems import ValidationFailed


class CancelIn(BaseModel):
    """Why it ends."""

    model_config = ConfigDict(extra="forbid")

    note: Note | None = None


class AgreementOut(BaseModel):
    """Money that is to come by a day."""

    id: UUID
    version: int
    case_id: UUID
    customer_id: UUID
    line_id: UUID | None
    status: AgreementStatus
    amount: MoneyOut
    received: MoneyOut = Field(description="Since it was made.")
    made_on: date
    made_at: datetime
    made_by: UUID
    note: str | None
    ended_on: date | None

    @classmethod
    async def shown(cls, session: AsyncSession, found: Sequence[Agreement]) -> list[Self]:
        """Show agreements of a kind."""
        return [cls.model_validate(members(each) | cls.particulars(each)) for each in found]

    @classmethod
    def particulars(cls, agreement: Agreement) -> dict[str, Any]:
        """What is shown of this kind alone."""
        return {}


def members(agreement: Agreement) -> dict[str, Any]:
    """What is shown of every agreement."""
    amounts = {"amount", "received"}
    names = [name for name in AgreementOut.model_fields if name not in amounts]
    return {
        **{name: getattr(agreement, name) for name in names},
        "amount": MoneyOut.of(agreement.amount_minor, agreement.currency),
        "received": MoneyOut.of(agreement.received_minor, agreement.currency),
    }


@dataclass(frozen=True, slots=True)
class Filters:
    """Which agreements to list."""

    status: AgreementStatus | None = None
    case_id: UUID | None = None
    customer_id: UUID | None = None
    until_from: date | None = None
    until_to: date | None = None


async def filters(
    status: Annotated[AgreementStatus | None, Query()] = None,
    case_id: Annotated[UUID | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    until_from: Annotated[date | None, Query(description="Of its last day.")] = None,
    until_to: Annotated[date | None, Query()] = None,
) -> Filters:
    """The filters of a list of agreements."""
    return Filters(status, case_id, customer_id, until_from, until_to)


SORTABLE: Final[Mapping[str, ColumnElement[Any]]] = {
    "made_at": Agreement.id.expression,
    "until": Agreement.last_on.expression,
    "amount": Agreement.amount_minor.expression,
}


async def list_agreements(
    session: AsyncSession,
    sight: Sight,
    kind: AgreementKind,
    paging: PageRequest,
    wanted: Filters,
) -> tuple[list[Agreement], str | None]:
    """Agreements of cases in sight, the latest first; served by ix_agreement_kind."""
    query = (
        select(Agreement)
        .join(Case, Case.id == Agreement.case_id)
        .where(
            sight.condition(),
            Agreement.organization_id == sight.organization_id,
            Agreement.kind == kind.value,
        )
    )
    exact: dict[Any, Any] = {
        Agreement.status: wanted.status,
        Agreement.case_id: wanted.case_id,
        Agreement.customer_id: wanted.customer_id,
    }
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if wanted.until_from is not None:
        query = query.where(Agreement.last_on >= wanted.until_from)
    if wanted.until_to is not None:
        query = query.where(Agreement.last_on <= wanted.until_to)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=SORTABLE,
        default="-made_at",
        key=Agreement.id.expression,
    )
    return [row[0] for row in rows], following


async def instalments(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[InstalmentRow]]:
    """The instalments of agreements, in order."""
    query = select(InstalmentRow).where(InstalmentRow.agreement_id.in_(ids))
    found: dict[UUID, list[InstalmentRow]] = {}
    for row in await session.scalars(query.order_by(InstalmentRow.number)):
        found.setdefault(row.agreement_id, []).append(row)
    return found


def money(given: MoneyIn, currency: str, *path: str | int) -> Money:
    """An amount in a body; ValidationFailed says where it is not one."""
    try:
        return given.to_money(currency)
    except MoneyError as error:
        raise ValidationFailed.of(str(error), "body", *path) from error
