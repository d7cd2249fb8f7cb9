"""What a page of rows changes, judged against what is known.

Pure: rows and known state in, new state out. A row may add to what is known and correct
it, never empty it: a blank cell leaves things as they are. A file neither brings a
deactivated customer back nor a cancelled line, and it takes no line out of service; it may
put one into service. Applying the same rows to the result changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from services.customers.customers.rules import Details, Fault, normalised
from services.customers.lines.rules import Change, LineEvent, status_of
from shared.contracts.customers import CustomerFacts, LineFacts, LineStatus, RowRefusal
from shared.contracts.ingestion import CustomerRow, LineRow

COLUMN_OF: Final = {"name": "customer_name"}
"""What a detail is called in a file, where that is another word."""


class ReadRow(NamedTuple):
    """A row, its details as they are stored, and what is wrong with them."""

    row: CustomerRow
    details: Details
    faults: Sequence[Fault]


class KnownLine(NamedTuple):
    """A stored line, and whether it was ever put into service."""

    facts: LineFacts
    activated: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of the customers, lines and national ids that the rows name."""

    customers: Mapping[UUID, CustomerFacts]
    lines: Mapping[UUID, KnownLine]
    owners: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What applying a page comes to: the new state, and how the rows fared."""

    customers: dict[UUID, CustomerFacts] = field(default_factory=dict)
    lines: dict[UUID, tuple[LineFacts, Change]] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RowRefusal] = field(default_factory=list)


class _Refused(Exception):
    """The row cannot be applied."""

    def __init__(self, column: str | None, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


def read_rows(rows: Iterable[CustomerRow], country: str) -> list[ReadRow]:
    """The rows as an organization of that country stores them."""
    return [
        ReadRow(
            row,
            *normalised(
                Details(
                    row.name,
                    row.national_id,
                    row.email,
                    row.phone,
                    row.language,
                    row.time_zone,
                    row.area,
                    row.tags,
                ),
                country,
            ),
        )
        for row in rows
    ]


def apply_rows(rows: Iterable[ReadRow], known: Known, *, currency: str) -> Outcome:
    """Judge the rows in their order; a refused one leaves no trace beside its refusal."""
    page = _Page(known, currency)
    for row, details, faults in rows:
        page.apply(row, details, faults)
    return page.outcome


class _Page:
    """The rows seen so far, and what they have come to."""

    def __init__(self, known: Known, currency: str) -> None:
        self.outcome = Outcome()
        self._known = known
        self._currency = currency
        self._owners = dict(known.owners)
        self._said: dict[UUID, tuple[int, Details]] = {}
        self._lines_said: dict[UUID, tuple[int, LineRow]] = {}

    def apply(self, row: CustomerRow, details: Details, faults: Sequence[Fault]) -> None:
        """Take in one row whole, or refuse it."""
        try:
            for fault in faults:
                raise _Refused(COLUMN_OF.get(fault.field, fault.field), fault.message)
            self._check_customer(row, details)
            details = self._agreed(row, details)
            self._check_line(row)
        except _Refused as refused:
            self.outcome.refused.append(
                RowRefusal(row=row.row, column=refused.column, message=refused.message)
            )
            return
        made = [self._merge_customer(row, details), row.line and self._merge_line(row, row.line)]
        if LineEvent.REGISTERED in made:
            self.outcome.created += 1
        elif LineEvent.UPDATED in made:
            self.outcome.updated += 1
        else:
            self.outcome.unchanged += 1

    def _check_customer(self, row: CustomerRow, details: Details) -> None:
        stored = self._known.customers.get(row.customer_id)
        if stored is not None and not stored.active:
            raise _Refused("customer_ref", f"customer {row.external_ref} is inactive")
        owner = self._owners.get(details.national_id) if details.national_id else None
        if owner not in (None, row.customer_id):
            raise _Refused("national_id", f"{details.national_id} belongs to another customer")

    def _agreed(self, row: CustomerRow, details: Details) -> Details:
        """The details together with those of earlier rows about the same customer."""
        if row.customer_id not in self._said:
            return details
        earlier_row, earlier = self._said[row.customer_id]
        for name, before, now in zip(Details._fields, earlier, details, strict=True):
            if before and now and before != now:
                column = COLUMN_OF.get(name, name)
                raise _Refused(column, f"contradicts row {earlier_row}, about the same customer")
        return _filled(details, earlier)

    def _check_line(self, row: CustomerRow) -> None:
        line = row.line
        if line is None or line.line_id not in self._lines_said:
            return
        earlier_row, earlier = self._lines_said[line.line_id]
        if line != earlier:
            raise _Refused("line_number", f"contradicts row {earlier_row}, about the same line")

    def _merge_customer(self, row: CustomerRow, details: Details) -> LineEvent | None:
        self._said.setdefault(row.customer_id, (row.row, details))
        self._said[row.customer_id] = (self._said[row.customer_id][0], details)
        if details.national_id is not None:
            self._owners[details.national_id] = row.customer_id
        stored = self._known.customers.get(row.customer_id)
        made = self.outcome.customers.get(row.customer_id)
        current = made or stored
        if current is None:
            self.outcome.customers[row.customer_id] = _registered(row, details)
            return LineEvent.REGISTERED
        old = details_of(current)
        new = _filled(details, old)
        if new == old:
            return None
        version = stored.version + 1 if stored else 1
        self.outcome.customers[row.customer_id] = current.model_copy(
            update={**new._asdict(), "version": version}
        )
        return LineEvent.UPDATED

    def _merge_line(self, row: CustomerRow, line: LineRow) -> LineEvent | None:
        self._lines_said.setdefault(line.line_id, (row.row, line))
        if line.line_id in self.outcome.lines:
            return None
        known = self._known.lines.get(line.line_id)
        made = _revised(known, line) if known else _sold(row.customer_id, line, self._currency)
        if made is None:
            return None
        self.outcome.lines[line.line_id] = made
        return LineEvent.REGISTERED if made[1].event is LineEvent.REGISTERED else LineEvent.UPDATED


def _filled(details: Details, earlier: Details) -> Details:
    """The details, with what they leave blank taken from earlier ones."""
    return Details(
        details.name,
        details.national_id or earlier.national_id,
        details.email or earlier.email,
        details.phone or earlier.phone,
        details.language or earlier.language,
        details.time_zone or earlier.time_zone,
        details.area or earlier.area,
        details.tags or earlier.tags,
    )


def details_of(facts: CustomerFacts) -> Details:
    """What a file may correct of a customer."""
    return Details(
        facts.name,
        facts.national_id,
        facts.email,
        facts.phone,
        facts.language,
        facts.time_zone,
        facts.area,
        facts.tags,
    )


def _registered(row: CustomerRow, details: Details) -> CustomerFacts:
    return CustomerFacts(
        customer_id=row.customer_id,
        version=1,
        external_ref=row.external_ref,
        active=True,
        **details._asdict(),
    )


def _sold(customer_id: UUID, line: LineRow, currency: str) -> tuple[LineFacts, Change]:
    status = LineStatus(line.status)
    facts = LineFacts(
        line_id=line.line_id,
        customer_id=customer_id,
        version=1,
        number=line.number,
        plan_name=line.plan_name,
        price_minor=line.price_minor,
        currency=currency,
        status=status,
        holds=(),
        installed_on=line.installed_on,
        generation=0,
        essential=bool(line.essential),
    )
    return facts, Change(LineEvent.REGISTERED, None, status)


def _revised(known: KnownLine, line: LineRow) -> tuple[LineFacts, Change] | None:
    """The stored line as the row has it; None when that is no change, or none allowed."""
    facts = known.facts
    if facts.status is LineStatus.CANCELLED:
        return None
    status = status_of(
        activated=known.activated or LineStatus(line.status) is LineStatus.ACTIVE,
        cancelled=False,
        holds=facts.holds,
    )
    new = {
        "plan_name": line.plan_name,
        "price_minor": line.price_minor,
        "installed_on": line.installed_on or facts.installed_on,
        "essential": facts.essential if line.essential is None else line.essential,
        "status": status,
    }
    if all(getattr(facts, name) == value for name, value in new.items()):
        return None
    changed = facts.model_copy(update=new | {"version": facts.version + 1})
    event = LineEvent.UPDATED if status is facts.status else LineEvent.ACTIVATED
    return changed, Change(event, facts.status, status)
