"""HTTP for deposit accounts and the transfers between them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from services.payments.deposits import store
from services.payments.deposits.model import DepositAccount, DepositTransfer
from services.payments.deposits.problems import (
    BookedInTheFuture,
    DepositAccountUnusable,
    DepositNameTaken,
    TransferReversed,
)
from services.payments.deposits.rules import DepositKind
from services.payments.deposits.schemas import (
    DepositAccountChange,
    DepositAccountIn,
    DepositAccountOut,
    ReversalIn,
    TransferIn,
    TransferOut,
)
from services.payments.payments.rules import MAX_MINOR
from shared import clock
from shared.auth import Caller, Role, allow
from shared.db import raw
from shared.http import (
    IdempotencyKey,
    IfMatch,
    OrganizationId,
    Session,
    Transactional,
    etag,
    expect_version,
)
from shared.ids import new_id
from shared.money import Money, MoneyError, exponent
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/deposit-accounts", tags=["payments"], route_class=Transactional)

ANYONE = allow(*Role)
CLERKS = allow(Role.CLERK)
ADMINS = allow()


@router.get("", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_deposit_accounts(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    kind: Annotated[DepositKind | None, Query()] = None,
    active: Annotated[bool | None, Query()] = None,
) -> Page[DepositAccountOut]:
    """Deposit accounts with their balances, sorted by `name`.

    Served by uq_deposit_account_name.
    """
    query = select(DepositAccount.id).where(DepositAccount.organization_id == organization_id)
    if kind is not None:
        query = query.where(DepositAccount.kind == kind.value)
    if active is not None:
        query = query.where(DepositAccount.active == active)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"name": DepositAccount.name.expression},
        default="name",
        key=DepositAccount.id.expression,
    )
    ids = [row[0] for row in rows]
    found = await store.accounts(await raw(session), organization_id, ids)
    return Page(items=[DepositAccountOut.of(found[each]) for each in ids], next=following)


@router.post(
    "",
    status_code=201,
    dependencies=[ADMINS],
    responses=problem_docs(DepositNameTaken, UnknownOrganization),
)
async def open_deposit_account(
    body: DepositAccountIn, organization_id: OrganizationId, session: Session, response: Response
) -> DepositAccountOut:
    """Open a deposit account. One of each kind opens by itself when money first needs it."""
    tx = await raw(session)
    currency = body.currency or (await load_organization(tx, organization_id)).currency
    exponent(currency)  # refuses what is no currency
    account_id = new_id()
    values = {
        "id": account_id,
        "organization_id": organization_id,
        "name": body.name,
        "kind": body.kind.value,
        "currency": currency,
        "at": clock.now(),
    }
    if not await store.insert(tx, values):
        raise DepositNameTaken(body.name, currency)
    await store.route(tx, organization_id, account_id, currency, body.default_for)
    response.headers["Location"] = f"/deposit-accounts/{account_id}"
    return await _shown(session, organization_id, account_id, response)


@router.get("/transfers", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_transfers(
    organization_id: OrganizationId, session: Session, paging: Paging
) -> Page[TransferOut]:
    """Transfers, sorted by `booked_on`, the latest first.

    Served by ix_deposit_transfer_booked_on.
    """
    rows, following = await paginate(
        session,
        select(DepositTransfer).where(DepositTransfer.organization_id == organization_id),
        paging,
        sortable={"booked_on": DepositTransfer.booked_on.expression},
        default="-booked_on",
        key=DepositTransfer.id.expression,
    )
    items = [
        TransferOut.of({column.key: getattr(row, column.key) for column in row.__table__.columns})
        for (row,) in rows
    ]
    return Page(items=items, next=following)


@router.post(
    "/transfers",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(DepositAccountUnusable, BookedInTheFuture, UnknownOrganization),
)
async def transfer(
    body: TransferIn,
    key: IdempotencyKey,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
) -> TransferOut:
    """Move money between deposit accounts of one currency, or enter an opening balance."""
    tx = await raw(session)
    organization = await load_organization(tx, organization_id)
    named = [each for each in (body.from_account_id, body.to_account_id) if each is not None]
    known = await store.lock(tx, organization_id, named)
    currency = body.amount.currency or next(
        (each["currency"] for each in known.values()), organization.currency
    )
    for account_id in named:
        account = known.get(account_id)
        if account is None or not account["active"] or account["currency"] != currency:
            raise DepositAccountUnusable(account_id, currency, "money")
    booked_on = body.booked_on or organization.today()
    if booked_on > organization.today():
        raise BookedInTheFuture(booked_on, organization.today())
    amount = Money.parse(body.amount.amount, currency)
    if not 0 < amount.minor <= MAX_MINOR:
        raise MoneyError(f"a transfer is more than 0 and at most {Money(MAX_MINOR, currency)}")
    values: dict[str, Any] = {
        "id": new_id(),
        "organization_id": organization_id,
        "from_account_id": body.from_account_id,
        "to_account_id": body.to_account_id,
        "amount_minor": amount.minor,
        "currency": currency,
        "description": body.description,
        "booked_on": booked_on,
        "reverses": None,
        "recorded_by": caller.user_id,
    }
    at = clock.now()
    await store.transfer(tx, values, at)
    return TransferOut.of(values | {"recorded_at": at})


@router.post(
    "/transfers/{transfer_id}/reverse",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, TransferReversed, UnknownOrganization),
)
async def reverse_transfer(
    transfer_id: UUID,
    body: ReversalIn,
    key: IdempotencyKey,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
) -> TransferOut:
    """Undo a transfer by its opposite, once."""
    tx = await raw(session)
    row, undone = await store.lock_transfer(tx, organization_id, transfer_id)
    if row is None:
        raise NotFound("transfer", transfer_id)
    if undone or row["reverses"] is not None:
        raise TransferReversed(transfer_id)
    today = (await load_organization(tx, organization_id)).today()
    at = clock.now()
    values = store.turned(row, booked_on=today, description=body.reason) | {
        "id": new_id(),
        "recorded_by": caller.user_id,
    }
    await store.transfer(tx, values, at)
    return TransferOut.of(values | {"recorded_at": at})


@router.get("/{account_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_deposit_account(
    account_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> DepositAccountOut:
    """One deposit account with its balance."""
    return await _shown(session, organization_id, account_id, response)


@router.patch(
    "/{account_id}",
    dependencies=[ADMINS],
    responses=problem_docs(NotFound, DepositNameTaken, PreconditionFailed),
)
async def change_deposit_account(
    account_id: UUID,
    body: DepositAccountChange,
    seen: IfMatch,
    organization_id: OrganizationId,
    session: Session,
    response: Response,
) -> DepositAccountOut:
    """Rename an account, close it, or say which money lands in it by default."""
    tx = await raw(session)
    known = (await store.lock(tx, organization_id, [account_id])).get(account_id)
    if known is None:
        raise NotFound("deposit account", account_id)
    expect_version(seen, known["version"])
    values = known | {
        "organization_id": organization_id,
        "name": body.name or known["name"],
        "active": known["active"] if body.active is None else body.active,
    }
    if not await store.change(tx, values):
        raise DepositNameTaken(values["name"], known["currency"])
    if not values["active"]:
        await store.route(tx, organization_id, account_id, known["currency"], [])
    elif body.default_for is not None:
        methods = body.default_for
        await store.route(tx, organization_id, account_id, known["currency"], methods)
    return await _shown(session, organization_id, account_id, response)


async def _shown(
    session: Session, organization_id: UUID, account_id: UUID, response: Response
) -> DepositAccountOut:
    found = await store.accounts(await raw(session), organization_id, [account_id])
    if account_id not in found:
        raise NotFound("deposit account", account_id)
    response.headers["ETag"] = etag(found[account_id]["version"])
    return DepositAccountOut.of(found[account_id])
