"""The line, the holds on it, and what has happened to it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Computed, Date, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.customers.base import Base, text_of
from services.customers.lines import problems
from services.customers.lines.rules import (
    MOVES,
    PLACED_BY_PEOPLE,
    Change,
    LineEvent,
    Move,
    status_of,
)
from shared.contracts.customers import HoldReason, LineStatus


class Line(Base):
    """One sold, enforceable service of a customer.

    Its moves raise IllegalLineMove when the status does not permit them, and leave the
    line as it was. `holds` mirrors the line's rows in `hold`: whoever changes one changes
    both (lines.operations, and the statement in lines.store).
    """

    __tablename__ = "line"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own idiom

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    version: Mapped[int]
    number: Mapped[int] = mapped_column(Integer)
    plan_name: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    installed_on: Mapped[date | None] = mapped_column(Date)
    activated_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    holds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    generation: Mapped[int]
    essential: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    stored_status: Mapped[LineStatus] = mapped_column(
        "status", text_of(LineStatus), Computed("", persisted=True)
    )

    @property
    def status(self) -> LineStatus:
        """Where the line is in its life, as the facts of this moment have it."""
        return status_of(
            activated=self.activated_at is not None,
            cancelled=self.cancelled_at is not None,
            holds=self.holds,
        )

    def require(self, move: Move) -> None:
        """Raise IllegalLineMove unless the status permits `move`."""
        allowed = MOVES[self.status]
        if move not in allowed:
            raise problems.IllegalLineMove(self.id, self.status, move, allowed)

    def activate(self, at: datetime, installed_on: date) -> Change:
        """Put into service; suspended at once when a hold was placed before."""
        self.require(Move.ACTIVATE)
        before = self.status
        self.activated_at = at
        self.installed_on = installed_on
        return self._changed(LineEvent.ACTIVATED, before, at)

    def hold(self, reason: HoldReason, at: datetime) -> Change:
        """Restrict for a reason of a person's; raises HoldAlreadyPlaced too."""
        self._require_a_persons(reason)
        self.require(Move.HOLD)
        if reason in self.holds:
            raise problems.HoldAlreadyPlaced(self.id, reason)
        before = self.status
        self.holds = [*self.holds, reason.value]
        return self._changed(LineEvent.HELD, before, at)

    def release(self, reason: HoldReason, at: datetime) -> Change:
        """Lift the hold of a reason of a person's; raises HoldNotPlaced too."""
        self._require_a_persons(reason)
        if self.status is not LineStatus.CANCELLED and reason not in self.holds:
            raise problems.HoldNotPlaced(self.id, reason)
        self.require(Move.RELEASE)
        before = self.status
        self.holds = [held for held in self.holds if held != reason]
        return self._changed(LineEvent.RELEASED, before, at)

    def cancel(self, at: datetime) -> Change:
        """Give up for good; nothing restricts a line that is no more, so holds go."""
        self.require(Move.CANCEL)
        before = self.status
        self.cancelled_at = at
        self.holds = []
        return self._changed(LineEvent.CANCELLED, before, at)

    def revise(
        self,
        at: datetime,
        *,
        plan_name: str,
        price_minor: int,
        installed_on: date | None,
        essential: bool,
    ) -> Change | None:
        """Change what was sold; None when nothing differs."""
        self.require(Move.UPDATE)
        new, old = (
            (plan_name, price_minor, installed_on, essential),
            (self.plan_name, self.price_minor, self.installed_on, self.essential),
        )
        if new == old:
            return None
        self.plan_name, self.price_minor, self.installed_on, self.essential = new
        return self._changed(LineEvent.UPDATED, self.status, at)

    def facts(self) -> dict[str, object]:
        """The whole state, for the facts announced of it."""
        return {
            "line_id": self.id,
            "customer_id": self.customer_id,
            "version": self.version,
            "number": self.number,
            "plan_name": self.plan_name,
            "price_minor": self.price_minor,
            "currency": self.currency,
            "status": self.status,
            "holds": self.holds,
            "installed_on": self.installed_on,
            "generation": self.generation,
            "essential": self.essential,
        }

    def _require_a_persons(self, reason: HoldReason) -> None:
        if reason not in PLACED_BY_PEOPLE:
            raise problems.HoldBelongsToCollections(self.id)

    def _changed(self, event: LineEvent, before: LineStatus, at: datetime) -> Change:
        self.version += 1
        self.updated_at = at
        return Change(event, before, self.status)


class Hold(Base):
    """Why a line is restricted, since when, and the person or the decision behind it."""

    __tablename__ = "hold"

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[HoldReason] = mapped_column(text_of(HoldReason), primary_key=True)
    organization_id: Mapped[UUID]
    placed_at: Mapped[datetime]
    placed_by: Mapped[UUID | None]
    decision_id: Mapped[UUID | None]
    note: Mapped[str | None]


class LineHistory(Base):
    """One change of a line; `version` is the line's after it."""

    __tablename__ = "line_history"

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    at: Mapped[datetime]
    change: Mapped[LineEvent] = mapped_column(text_of(LineEvent))
    from_status: Mapped[LineStatus | None] = mapped_column(text_of(LineStatus))
    to_status: Mapped[LineStatus] = mapped_column(text_of(LineStatus))
    reason: Mapped[str | None]
    note: Mapped[str | None]
    actor_id: Mapped[UUID | None]
    decision_id: Mapped[UUID | None]
    import_id: Mapped[UUID | None]
