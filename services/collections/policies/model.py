"""Policies as stored: what is in force, version by version, and the documents behind it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base
from services.collections.policies.document import DunningDocument
from services.collections.policies.rules import Policy, SuspendScope, compile_policy


class PolicyVersion(Base):
    """One version of one organization's policy, written once; the highest is in force.

    `document` is None for a policy of four terms.
    """

    __tablename__ = "policy"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    grace_days: Mapped[int]
    minimum_minor: Mapped[int]
    currency: Mapped[str]
    suspend_scope: Mapped[str]
    active: Mapped[bool]
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]

    def as_policy(self, country: str = "") -> Policy:
        """The terms, as the rules take them; `country` has the holidays a calendar keeps."""
        if self.document is not None:
            document = DunningDocument.model_validate(self.document)
            return compile_policy(document, self.version, self.currency, country)
        return Policy(
            version=self.version,
            grace_days=self.grace_days,
            minimum_minor=self.minimum_minor,
            currency=self.currency,
            suspend_scope=SuspendScope(self.suspend_scope),
            active=self.active,
        )


class PolicyDocument(Base):
    """A policy on its way: draft, then in force under a version, then retired.

    A draft may be edited; `revision` counts the edits. Once published it never changes.
    """

    __tablename__ = "policy_document"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str]
    status: Mapped[str]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[UUID | None]
