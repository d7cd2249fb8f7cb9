"""The brands of organizations; a plain one where an organization has set none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from shared.db import Connection

FIELDS: Final = (
    "legal_name",
    "tax_id",
    "address",
    "contact",
    "colour",
    "accent",
    "footer",
    "payment_instructions",
)
FIND: Final = f"""
SELECT {", ".join(FIELDS)}, logo, logo_type, version FROM brand WHERE organization_id = %s
"""
PUT: Final = f"""
INSERT INTO brand AS b (organization_id, {", ".join(FIELDS)}, logo, logo_type)
VALUES (%(organization_id)s, {", ".join(f"%({name})s" for name in FIELDS)},
        %(logo)s, %(logo_type)s)
ON CONFLICT (organization_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in FIELDS)},
    logo = excluded.logo, logo_type = excluded.logo_type,
    version = b.version + 1, updated_at = now()
"""


@dataclass(frozen=True, slots=True)
class Brand:
    """What papers show of who asks for the money; lines of a text are lines on the paper."""

    legal_name: str | None = None
    tax_id: str | None = None
    address: str | None = None
    contact: str | None = None
    colour: str = "#1f3a5f"
    accent: str = "#e8eef5"
    footer: str | None = None
    payment_instructions: str | None = None
    logo: bytes | None = None
    logo_type: str | None = None
    version: int = 0


async def load(tx: Connection, organization_id: UUID) -> Brand:
    """The brand of an organization."""
    return _brand(await (await tx.execute(FIND, (organization_id,))).fetchone())


async def lock(tx: Connection, organization_id: UUID) -> Brand:
    """The brand of an organization, to be changed."""
    return _brand(await (await tx.execute(FIND + " FOR UPDATE", (organization_id,))).fetchone())


async def put(tx: Connection, organization_id: UUID, brand: Brand) -> None:
    """Set an organization's brand."""
    values = {name: getattr(brand, name) for name in (*FIELDS, "logo", "logo_type")}
    await tx.execute(PUT, values | {"organization_id": organization_id})


def _brand(row: Mapping[str, Any] | None) -> Brand:
    return Brand(**row) if row else Brand()
