"""Events a service could not handle, and the decision about each: replay or discard.

Nothing the bus brought is ever dropped: it is handled, or it lies here with its reason
until someone decides. Replaying marks a letter; a worker publishes it to the service's
queue again.
"""

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import JSONB

from shared import clock
from shared.auth import Caller
from shared.bus.replay import mark_for_replay
from shared.db import raw
from shared.http import Session, Transactional
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, Problem, problem_docs

dead_letter: Final = sa.Table(
    "dead_letter",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid),
    sa.Column("type", sa.Text),
    sa.Column("organization_id", sa.Uuid),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.Column("died_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by", sa.Text),
    sa.Column("note", sa.Text),
)
router = APIRouter(prefix="/dead-letters", route_class=Transactional)
LONG: Final = ("body", "headers")
LISTED: Final = [column for column in dead_letter.c if column.name not in LONG]


class LetterState(StrEnum):
    """What became of a dead letter."""

    DEAD = "dead"
    REPLAYING = "replaying"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class DeadLetter(BaseModel):
    """An event that could not be handled, and why."""

    id: UUID
    event_id: UUID | None
    type: str | None
    organization_id: UUID | None
    reason: str
    error: str
    attempts: int
    traceparent: str | None
    died_at: datetime
    state: LetterState
    decided_at: datetime | None
    decided_by: str | None
    note: str | None


class WholeDeadLetter(DeadLetter):
    """A dead letter with the message as it came: parsed when it is JSON, else its text."""

    body: Any
    headers: dict[str, Any]


class ReplayIn(BaseModel):
    """Which dead letters to replay."""

    type: str | None = Field(None, description="Those of one event type; all when left out.")


class DiscardIn(BaseModel):
    """Why an event may be forgotten."""

    reason: str = Field(min_length=3, max_length=500)


class Marked(BaseModel):
    """How many letters a worker will replay."""

    marked: int


class DeadLetterDecided(Problem):
    """Somebody decided about this letter before."""

    status = HTTPStatus.CONFLICT
    slug = "dead-letter-decided"
    title = "The dead letter is decided"

    def __init__(self, id: UUID, state: str) -> None:
        super().__init__(f"Dead letter {id} is {state}.", id=id, state=state)


@router.get("")
async def list_dead_letters(
    session: Session,
    paging: Paging,
    state: LetterState = LetterState.DEAD,
    type: Annotated[str | None, Query(max_length=200)] = None,
    organization_id: UUID | None = None,
) -> Page[DeadLetter]:
    """Events that could not be handled, the newest first. Sort by died_at or attempts."""
    query = sa.select(*LISTED).where(dead_letter.c.state == state.value)
    if type is not None:
        query = query.where(dead_letter.c.type == type)
    if organization_id is not None:
        query = query.where(dead_letter.c.organization_id == organization_id)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"died_at": dead_letter.c.died_at, "attempts": dead_letter.c.attempts},
        default="-died_at",
        key=dead_letter.c.id,
    )
    items = [DeadLetter.model_validate(row, from_attributes=True) for row in rows]
    return Page(items=items, next=following)


@router.get("/{id:uuid}")
async def show_dead_letter(id: UUID, session: Session) -> WholeDeadLetter:
    """One dead letter with its message."""
    found = await session.execute(sa.select(dead_letter).where(dead_letter.c.id == id))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("dead letter", id)
    return WholeDeadLetter(**{**row, "body": _readable(row["body"])})


@router.post("/replay", status_code=202)
async def replay_dead_letters(asked: ReplayIn, caller: Caller, session: Session) -> Marked:
    """Have a worker publish all dead letters, or those of a type, to the service again."""
    marked = await mark_for_replay(await raw(session), caller.name, type_=asked.type)
    return Marked(marked=len(marked))


@router.post(
    "/{id:uuid}/replay",
    status_code=202,
    responses=problem_docs(DeadLetterDecided),
)
async def replay_dead_letter(id: UUID, caller: Caller, session: Session) -> DeadLetter:
    """Have a worker publish one dead letter to the service again."""
    marked = await mark_for_replay(await raw(session), caller.name, ids=[id])
    letter = await _letter(session, id)
    if not marked:
        raise DeadLetterDecided(id, letter.state)
    return letter


@router.post("/{id:uuid}/discard", responses=problem_docs(DeadLetterDecided))
async def discard_dead_letter(
    id: UUID, asked: DiscardIn, caller: Caller, session: Session
) -> DeadLetter:
    """Decide that an event shall have no effect, and say why. It stays on record."""
    discarded = await session.execute(
        sa.update(dead_letter)
        .where(dead_letter.c.id == id, dead_letter.c.state == LetterState.DEAD.value)
        .values(
            state=LetterState.DISCARDED.value,
            note=asked.reason,
            decided_by=caller.name,
            decided_at=clock.now(),
        )
        .returning(dead_letter.c.id)
    )
    letter = await _letter(session, id)
    if discarded.one_or_none() is None:
        raise DeadLetterDecided(id, letter.state)
    return letter


async def _letter(session: Session, id: UUID) -> DeadLetter:
    found = await session.execute(sa.select(*LISTED).where(dead_letter.c.id == id))
    row = found.one_or_none()
    if row is None:
        raise NotFound("dead letter", id)
    return DeadLetter.model_validate(row, from_attributes=True)


def _readable(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")
