"""When reminders are made and may be sent."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.channels.rules import Channel, Way, pause_after, way_to
from services.collections.contacts.rules import ContactRules
from services.collections.deliveries.rules import not_needed
from services.collections.policies.document import DunningDocument
from services.collections.policies.rules import compile_policy, default_policy
from services.collections.reminders.rules import (
    MOST_DAYS_BEHIND,
    Schedule,
    due_dates,
    kind_of,
    may_send_at,
)
from services.collections.reminders.schedules import schedule_in
from shared.contracts.collections import ReminderKind

TODAY = date(2026, 11, 25)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
QUITO, MADRID = ZoneInfo("America/Guayaquil"), ZoneInfo("Europe/Madrid")
SCHEDULE = Schedule(upcoming_days=(3, 7), overdue_from=1, overdue_every=7, overdue_until=15)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


@pytest.mark.parametrize(
    ("offset", "kind"), [(1, "upcoming"), (0, "due_today"), (-1, "overdue"), (-400, "overdue")]
)
def test_what_is_said_follows_from_the_due_date_and_today(offset: int, kind: str) -> None:
    assert kind_of(day(offset), TODAY) == kind


def test_a_day_reminds_before_on_and_repeatedly_after_the_due_date_until_it_ends() -> None:
    assert due_dates(SCHEDULE, day(-1), TODAY) == [
        day(-15),
        day(-8),
        day(-1),
        day(0),
        day(3),
        day(7),
    ]


def test_a_day_that_is_done_asks_for_nothing() -> None:
    assert due_dates(SCHEDULE, TODAY, TODAY) == []
    assert due_dates(SCHEDULE, day(1), TODAY) == []


def test_days_that_were_missed_are_made_up_for_without_saying_what_is_over() -> None:
    found = due_dates(SCHEDULE, day(-3), TODAY)

    assert day(2) in found  # was to be said the day before yesterday and the day before that
    assert day(1) in found
    assert {day(-1), day(-2), day(-3)} <= {*found}
    assert all(
        kind_of(due_on, TODAY) is not ReminderKind.DUE_TODAY or due_on == TODAY for due_on in found
    )


def test_days_of_a_stage_are_added_and_a_schedule_may_say_nothing() -> None:
    quiet = Schedule(upcoming_days=(), due_today=False, overdue_from=1, overdue_until=0)

    assert due_dates(quiet, day(-1), TODAY) == []
    assert due_dates(
        Schedule(upcoming_days=(), due_today=False, overdue_until=0, overdue_on=(30,)),
        day(-1),
        TODAY,
    ) == [day(-30)]


def test_upcoming_invoices_of_their_own_window_are_left_to_billing() -> None:
    assert max(due_dates(Schedule(by_invoice=True), day(-1), TODAY)) == TODAY


def test_the_schedule_is_that_of_the_policy() -> None:
    policy = compile_policy(
        DunningDocument.model_validate(
            {
                "stages": [
                    {"code": "before", "kind": "remind", "day": -5},
                    {"code": "on", "kind": "remind", "day": 0},
                    {"code": "after", "kind": "remind", "day": 2},
                    {"code": "cut", "kind": "suspend", "day": 10},
                ],
                "reminders": {
                    "overdue_every_days": 10,
                    "overdue_until_days": 25,
                    "channels": ["sms", "inbox", "email"],
                    "quiet_from": "19:00:00",
                    "quiet_until": "09:00:00",
                },
            }
        ),
        version=2,
        currency="USD",
        country="EC",
    )
    schedule = schedule_in(policy, ContactRules())

    assert (schedule.upcoming_days, schedule.due_today) == ((5,), True)
    assert schedule.overdue_days == {2, 12, 22}
    assert schedule.channels == (Channel.SMS, Channel.EMAIL)
    assert (schedule.contact.opens.hour, schedule.contact.closes.hour) == (9, 19)


def test_a_policy_of_stages_that_never_reminds_reminds_nobody() -> None:
    document = {
        "stages": [
            {"code": "warn", "kind": "warn", "day": 1},
            {"code": "cut", "kind": "suspend", "day": 10},
        ]
    }
    policy = compile_policy(DunningDocument.model_validate(document), 2, "USD", "EC")

    assert due_dates(schedule_in(policy, ContactRules()), day(-1), TODAY) == []
    assert schedule_in(default_policy("USD"), ContactRules()) == Schedule()


@given(st.integers(0, 400), st.integers(1, 10), st.integers(1, 90))
def test_a_sweep_however_late_asks_for_a_bounded_number_of_dates(
    behind: int, every: int, until: int
) -> None:
    schedule = Schedule(overdue_every=every, overdue_until=until)
    found = due_dates(schedule, day(-behind), TODAY)

    assert len(found) <= MOST_DAYS_BEHIND + until + 5
    assert all(left < right for left, right in pairwise(found))


@pytest.mark.parametrize(
    ("hour", "sent"),
    [(7, (25, 8)), (8, (25, 8)), (12, (25, 12)), (19, (25, 19)), (20, (26, 8)), (23, (26, 8))],
)
def test_quiet_hours_put_off_to_the_next_morning_of_the_customer(
    hour: int, sent: tuple[int, int]
) -> None:
    for zone in (QUITO, MADRID):
        at = datetime(2026, 11, 25, hour, tzinfo=zone).astimezone(UTC)
        allowed = may_send_at(at, zone, ContactRules())
        assert allowed is not None
        local = allowed.astimezone(zone)
        assert (local.day, local.hour) == sent


@given(
    st.integers(0, 525_600).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)),
    st.sampled_from([QUITO, MADRID, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Santiago")]),
)
def test_what_is_put_off_is_never_lost_and_never_sent_at_a_quiet_hour(
    at: datetime, zone: ZoneInfo
) -> None:
    rules = ContactRules()
    allowed = may_send_at(at, zone, rules)

    assert allowed is not None
    assert at <= allowed <= at + timedelta(hours=50)
    assert rules.opens <= allowed.astimezone(zone).time() < rules.closes
    assert allowed.astimezone(zone).isoweekday() in rules.weekdays


def test_the_first_wanted_open_way_with_an_address_is_taken() -> None:
    wanted = (Channel.WHATSAPP, Channel.EMAIL)
    everything = frozenset(Channel)

    assert way_to(wanted, everything, email="a@b.co", phone="+1") == Way(Channel.WHATSAPP, "+1")
    assert way_to(wanted, {Channel.EMAIL}, email="a@b.co", phone="+1") == Way(
        Channel.EMAIL, "a@b.co"
    )
    assert way_to(wanted, everything, email="a@b.co", phone="+1", opted_out={"whatsapp"}) == Way(
        Channel.EMAIL, "a@b.co"
    )
    assert way_to(wanted, everything, email=None, phone=None) is None
    assert way_to(wanted, (), email="a@b.co", phone="+1") is None


def test_attempts_grow_apart_and_come_to_an_end() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, 7)]

    assert pauses[-1] is None
    known = [pause for pause in pauses if pause is not None]
    assert known == sorted(known)
    assert len(known) == 5


def test_a_reminder_that_is_no_longer_true_is_not_needed() -> None:
    assert not_needed(ReminderKind.OVERDUE, day(-1), 0, TODAY) == "nothing is open any more"
    assert not_needed(ReminderKind.DUE_TODAY, day(-1), 1, TODAY) == "no longer due today"
    assert not_needed(ReminderKind.OVERDUE, day(-1), 1, TODAY) is None
