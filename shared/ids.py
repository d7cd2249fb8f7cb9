"""Identity: UUIDv7 for what is born here, uuid5 for what arrives under another system's name.

Two services that hear the same external reference agree on its id without asking each
other, so an import can name an invoice's customer before either service has stored it.
"""

from typing import Final, Literal
from uuid import UUID

from uuid_utils.compat import uuid5, uuid7

NAMESPACE: Final = UUID("6ba6b1f2-5d5c-5a0e-9f4b-d0e5117e0001")
"""The root of every derived id. Changing it would orphan everything ever imported."""

Kind = Literal["customer", "line", "invoice"]


def new_id() -> UUID:
    """A fresh UUIDv7: unique, and in order of creation to the millisecond."""
    return uuid7()


def external_id(organization_id: UUID, kind: Kind, external_ref: str) -> UUID:
    """The id of what an organization calls `external_ref`; the same in every service, for ever.

    A line's reference is `<customer_ref>/<number>`.
    """
    return uuid5(NAMESPACE, f"{organization_id}/{kind}/{external_ref}")
