"""HTTP for giving out many cases at once."""

from collections import Counter
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.collections.assignments.operations import HandedOut, hand_out
from services.collections.assignments.rules import WORDS, Refusal
from services.collections.cases import store as cases
from services.collections.cases.filtering import CaseFilter
from services.collections.cases.sight import InSight, Sight
from services.collections.queue import store as queues
from services.collections.queue.operations import asked
from services.collections.text import Note
from shared.auth import allow
from shared.http import Session, Transactional
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/cases", tags=["collections"], route_class=Transactional)

MOST_NAMED: Final = 1000
MOST_FOUND: Final = 50_000
MOST_SHOWN: Final = 1000
Ids = Annotated[list[UUID], Field(min_length=1, max_length=MOST_NAMED)]


class BulkAssignmentIn(BaseModel):
    """Many cases for one collector, for several by turns, or by the rule when none is named."""

    model_config = ConfigDict(extra="forbid")

    collector_id: UUID | None = Field(None, description="The same as one of `collector_ids`.")
    collector_ids: Ids | None = Field(
        None, description="By turns, while they have room; null: by the rule."
    )
    case_ids: Ids | None = None
    filter: CaseFilter | None = Field(
        None, description="All that fit, the oldest first; closed ones if `status` asks for them."
    )
    queue_id: UUID | None = Field(None, description="All that wait there, the most urgent first.")
    note: Note | None = None
    dry_run: bool = Field(False, description="Say what would come of it, and do nothing.")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if sum(each is not None for each in (self.case_ids, self.filter, self.queue_id)) != 1:
            raise ValueError("give one of `case_ids`, `filter` and `queue_id`")
        if self.collector_id is not None and self.collector_ids is not None:
            raise ValueError("give either `collector_id` or `collector_ids`")
        return self

    @property
    def named(self) -> list[UUID] | None:
        """The collectors the cases are for; None for the rule."""
        return [self.collector_id] if self.collector_id is not None else self.collector_ids


class RefusedOut(BaseModel):
    """A case that was not assigned."""

    case_id: UUID
    type: str = Field(description="The rule that was broken.", examples=["collector-full"])
    detail: str


class RefusalCount(BaseModel):
    """How many cases one rule stood against."""

    type: str
    cases: int
    detail: str


class CollectorShare(BaseModel):
    """How many of the cases one collector got."""

    collector_id: UUID
    name: str
    cases: int


class BulkAssignmentOut(BaseModel):
    """What came of assigning many, or would."""

    dry_run: bool
    found: int
    more: bool = Field(description=f"There are more than {MOST_FOUND}: ask again for the rest.")
    assigned: int
    kept: int = Field(description="Are with whom they may stay: assigned already.")
    left: int = Field(description="Nobody had room for them.")
    shares: list[CollectorShare]
    refusals: list[RefusalCount] = Field(description="Those left among them, by the rule.")
    refused: list[RefusedOut] = Field(description=f"The first {MOST_SHOWN} of them, one by one.")

    @classmethod
    def of(cls, made: HandedOut, found: int, *, more: bool, dry_run: bool) -> Self:
        """Show what came of it."""
        dealt = made.dealt
        counts = Counter(reason for _, reason in dealt.refused)
        return cls(
            dry_run=dry_run,
            found=found,
            more=more,
            assigned=len(dealt.given),
            kept=len(dealt.kept),
            left=counts[Refusal.FULL],
            shares=[
                CollectorShare(collector_id=taker.id, name=taker.name, cases=cases)
                for taker, cases in made.shares
            ],
            refusals=[
                RefusalCount(type=reason.value, cases=number, detail=WORDS[reason])
                for reason, number in counts.most_common()
            ],
            refused=[
                RefusedOut(case_id=case_id, type=reason.value, detail=WORDS[reason])
                for case_id, reason in dealt.refused[:MOST_SHOWN]
            ],
        )


@router.post(
    "/assign", dependencies=[allow()], responses=problem_docs(NotFound, UnknownOrganization)
)
async def assign_cases(
    body: BulkAssignmentIn, sight: InSight, session: Session
) -> BulkAssignmentOut:
    """Assign many cases; says how many were given to whom, and which rule stood against others."""
    case_ids = await _wanted(session, sight, body)
    more = len(case_ids) > MOST_FOUND
    case_ids = case_ids[:MOST_FOUND]
    made = await hand_out(session, sight, case_ids, body.named, body.note, dry_run=body.dry_run)
    return BulkAssignmentOut.of(made, len(case_ids), more=more, dry_run=body.dry_run)


async def _wanted(session: Session, sight: Sight, body: BulkAssignmentIn) -> list[UUID]:
    """The cases that are to be given, in order; one more than are looked at when there are."""
    if body.case_ids is not None:
        return list(dict.fromkeys(body.case_ids))
    organization = await load_organization(session, sight.organization_id)
    if body.filter is not None:
        filters = body.filter.filters(organization.currency)
        return await cases.ids(session, sight, filters, MOST_FOUND + 1)
    return await queues.ids(
        session, sight, await asked(session, sight, body.queue_id), MOST_FOUND + 1
    )
