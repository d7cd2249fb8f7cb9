"""Setting a processor up, and getting at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.environment import settings
from services.payments.processors import problems
from services.payments.processors.calls import Guarded
from services.payments.processors.local import Local
from services.payments.processors.model import ProcessorAccount
from services.payments.processors.port import (
    Processor,
    ProcessorRefused,
    ProcessorUnavailable,
    Provider,
)
from services.payments.processors.stripe import Stripe
from services.payments.vault import Vault
from shared import clock
from shared.db import Connection, Database
from shared.ids import new_id
from shared.tenancy import Organization

SECRET_KEY: Final = "secret_key"
WEBHOOK_SECRET: Final = "webhook_secret"
ACTIVE: Final = "SELECT provider FROM processor WHERE organization_id = %s AND active"
KEEP_OLD_SECRET: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Entered:
    """What an administrator enters; None leaves as it is, or lets us choose."""

    publishable_key: str | None = None
    secret_key: str | None = None
    webhook_secret: str | None = None
    active: bool | None = None


@cache
def vault() -> Vault:
    """The vault of this process."""
    return Vault.of(settings().secrets_key.get_secret_value())


async def set_up(
    session: AsyncSession, organization: Organization, provider: Provider, entered: Entered
) -> ProcessorAccount:
    """Keep an account at a processor, sealed.

    Raises LocalNeedsSandbox, ProcessorExists, VaultClosed.
    """
    if provider is Provider.LOCAL and not organization.sandbox:
        raise problems.LocalNeedsSandbox
    known = await _accounts(session, organization.id)
    for account in known:
        if account.provider == provider.value:
            raise problems.ProcessorExists(provider, account.id)
    now = clock.now()
    account = ProcessorAccount(
        id=new_id(),
        organization_id=organization.id,
        version=1,
        provider=provider.value,
        publishable_key=entered.publishable_key,
        active=False,
        created_at=now,
        updated_at=now,
    )
    _seal(account, entered, fresh=True)
    if entered.active is not False:
        await _activate(session, account, known)
    session.add(account)
    await session.flush()
    return account


async def change(session: AsyncSession, account: ProcessorAccount, entered: Entered) -> None:
    """Change what was entered; a replaced webhook secret holds for another day."""
    _seal(account, entered, fresh=False)
    if entered.publishable_key is not None:
        account.publishable_key = entered.publishable_key
    if entered.active:
        await _activate(session, account, await _accounts(session, account.organization_id))
    elif entered.active is False:
        account.active = False
    account.version += 1
    account.updated_at = clock.now()


def _seal(account: ProcessorAccount, entered: Entered, *, fresh: bool) -> None:
    secret_key, webhook_secret = entered.secret_key, entered.webhook_secret
    if fresh:  # only the local processor may leave its secrets to us
        secret_key = secret_key or token_urlsafe(24)
        webhook_secret = webhook_secret or f"whsec_{token_urlsafe(24)}"
    if secret_key is not None:
        account.secret_key_sealed = vault().seal(secret_key, place=account.place(SECRET_KEY))
    if webhook_secret is None:
        return
    sealed = vault().seal(webhook_secret, place=account.place(WEBHOOK_SECRET))
    if fresh:
        account.webhook_secret_sealed = sealed
    else:
        account.replace_webhook_secret(sealed, clock.now() + KEEP_OLD_SECRET)


async def _activate(
    session: AsyncSession, account: ProcessorAccount, known: list[ProcessorAccount]
) -> None:
    """Make one account the active one; the others finish what they have begun."""
    for other in known:
        if other.id != account.id and other.active:
            other.active = False
            other.version += 1
            other.updated_at = clock.now()
    await session.flush()  # before the index sees two
    account.active = True


async def _accounts(session: AsyncSession, organization_id: UUID) -> list[ProcessorAccount]:
    """The organization's accounts, locked."""
    query = select(ProcessorAccount).where(ProcessorAccount.organization_id == organization_id)
    found = await session.scalars(query.order_by(ProcessorAccount.id).with_for_update())
    return list(found)


async def find_account(
    database: Database, organization_id: UUID, provider: str | None = None
) -> ProcessorAccount | None:
    """The account at a provider, or the active one."""
    query = select(ProcessorAccount).where(ProcessorAccount.organization_id == organization_id)
    if provider is None:
        query = query.where(ProcessorAccount.active)
    else:
        query = query.where(ProcessorAccount.provider == provider)
    async with database.read(organization_id) as session:
        return await session.scalar(query)


async def active_provider(tx: Connection, organization_id: UUID) -> str | None:
    """The provider that gets new payments; None without one."""
    cursor = await tx.execute(ACTIVE, (organization_id,))
    row = await cursor.fetchone()
    return row["provider"] if row else None


async def processor_of(
    database: Database, organization_id: UUID, provider: str | None = None
) -> Guarded:
    """The organization's processor, ready to be called; raises NoProcessor, VaultClosed."""
    account = await find_account(database, organization_id, provider)
    if account is None:
        raise problems.NoProcessor
    return guarded(database, account)


def guarded(database: Database, account: ProcessorAccount) -> Guarded:
    """The adapter of an account inside retries and breaker."""
    inner: Processor
    if account.provider == Provider.LOCAL:
        inner = Local(database, account.organization_id)
    else:
        secret_key = vault().open(account.secret_key_sealed, place=account.place(SECRET_KEY))
        told = settings()
        inner = Stripe(secret_key, api_base=told.stripe_api_base, seconds=told.processor_seconds)
    return Guarded(account.provider, inner)


def webhook_secrets(account: ProcessorAccount) -> list[str]:
    """The secrets with which a webhook may be signed now."""
    place = account.place(WEBHOOK_SECRET)
    secrets = [vault().open(account.webhook_secret_sealed, place=place)]
    previous, until = account.previous_webhook_secret_sealed, account.previous_until
    if previous is not None and until is not None and clock.now() < until:
        secrets.append(vault().open(previous, place=place))
    return secrets


@contextmanager
def failures_as_problems(provider: str) -> Iterator[None]:
    """Tell the caller of the API what the processor did not do."""
    try:
        yield
    except ProcessorRefused as refusal:
        raise problems.ProcessorSaysNo(provider, refusal.code, refusal.message) from refusal
    except ProcessorUnavailable as error:
        raise problems.ProcessorDown(provider) from error
