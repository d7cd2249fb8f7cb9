"""Asking the rules about one customer, at this moment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.collections.contacts import store
from services.collections.contacts.problems import ContactRuleBroken
from services.collections.contacts.rules import ContactChannel, ContactRules, Made, broken_by
from services.collections.policies.store import Terms
from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Situation:
    """The rules that bind, what was made of them already, and the time where the customer is."""

    rules: ContactRules
    made: Made
    local: datetime


def rules_of(terms: Terms) -> ContactRules:
    """The contact rules of the policy in force."""
    document = terms.policy.document
    if document is None:
        return ContactRules()
    contact = document.contact
    return ContactRules(
        frozenset(contact.weekdays),
        contact.opens,
        contact.closes,
        contact.calls_per_week,
        contact.messages_per_day,
    )


async def situation(tx: Connection, terms: Terms, customer_id: UUID) -> Situation:
    """How things stand with a customer."""
    made = await store.made(tx, terms.organization.id, [customer_id], terms.today)
    named = await store.time_zone(tx, terms.organization.id, customer_id)
    local = terms.clock.astimezone(ZoneInfo(named) if named else terms.organization.zone)
    return Situation(rules_of(terms), made[customer_id], local)


async def expect_allowed(
    tx: Connection, terms: Terms, customer_id: UUID, channel: ContactChannel
) -> None:
    """Raise ContactRuleBroken when a rule stands against contacting a customer now.

    The caller holds the customer, so that of two calls at once the second counts the first.
    """
    found = await situation(tx, terms, customer_id)
    broken = broken_by(found.rules, channel, found.local, found.made)
    if broken is not None:
        raise ContactRuleBroken(customer_id, broken)
