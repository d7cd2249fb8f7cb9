"""What-ifs as stored."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class WhatIf(Base):
    """One policy tried over a part of the past; everybody up to `after_customer_id` is done."""

    __tablename__ = "what_if"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    policy_document_id: Mapped[UUID | None]
    from_on: Mapped[date]
    to_on: Mapped[date]
    status: Mapped[str]
    requested_by: Mapped[UUID]
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    customers: Mapped[int] = mapped_column(default=0)
    customers_done: Mapped[int] = mapped_column(default=0)
    after_customer_id: Mapped[UUID | None]
    summary: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None]


class WhatIfStep(Base):
    """One step of somebody: when it would have come, and when it came."""

    __tablename__ = "what_if_step"

    what_if_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage_kind: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    would_on: Mapped[date | None]
    did_on: Mapped[date | None]
    stage: Mapped[str | None]
    amount_minor: Mapped[int | None]
