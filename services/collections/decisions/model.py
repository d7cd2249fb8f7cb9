"""Decisions as stored: written once, never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, JSON, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class Decision(Base):
    """The record of one evaluation: what it was given, what it found, what followed.

    Of a line, or of what a customer owes without one (`line_id` and `line_status` are None).
    The policy is kept by its version, which never changes. `inputs` is what counted beside
    debts, None where nothing did; `stages` those that were reached by it. `generation` is
    that of the order that followed, null without one; its event has the decision's id.
    """

    __tablename__ = "decision"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID | None]
    customer_id: Mapped[UUID]
    policy_version: Mapped[int]
    today: Mapped[date]
    organization_clock: Mapped[datetime]
    line_status: Mapped[str | None]
    was_suspended: Mapped[bool]
    debts: Mapped[list[Any]] = mapped_column(JSON)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[str]
    generation: Mapped[int | None]
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    stages: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    cause_type: Mapped[str]
    cause_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    decided_at: Mapped[datetime]
