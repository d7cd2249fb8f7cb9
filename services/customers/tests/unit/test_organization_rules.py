"""What an organization may be, and how its clock moves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from services.customers.organizations import rules
from services.customers.organizations.model import Organization
from services.customers.organizations.problems import ClockBackwards, ClockTooFar, NotASandbox
from services.customers.tests.builders import NOON
from shared.ids import new_id

NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "TA", "UN", "XA", "XB", "XK", "ZZ"}


def organization(*, sandbox: bool = True, offset: int = 0) -> Organization:
    return Organization(
        id=new_id(), version=1, sandbox=sandbox, clock_offset_seconds=offset, active=True
    )


def test_the_countries_are_those_of_iso_3166() -> None:
    territories = {str(code) for code in Locale("en").territories if len(str(code)) == 2}

    assert len(rules.COUNTRIES) == 249
    assert territories - NOT_COUNTRIES - {"QO"} == set(rules.COUNTRIES)


@pytest.mark.parametrize(
    ("check", "given", "kept"),
    [
        (rules.known_country, "EC", "EC"),
        (rules.known_currency, "CLP", "CLP"),
        (rules.known_zone, "America/Guayaquil", "America/Guayaquil"),
        (rules.known_locale, "es_EC", "es_EC"),
        (rules.known_locale, "pt-BR", "pt_BR"),
        (rules.known_locale, "en", "en"),
    ],
)
def test_what_exists_is_taken(check: Callable[[str], str], given: str, kept: str) -> None:
    assert check(given) == kept


@pytest.mark.parametrize(
    ("check", "given"),
    [
        (rules.known_country, "XX"),
        (rules.known_country, "ec"),
        (rules.known_country, ""),
        (rules.known_currency, "ABC"),
        (rules.known_currency, "usd"),
        (rules.known_zone, "Mars/Olympus"),
        (rules.known_zone, "America"),
        (rules.known_zone, "../etc/passwd"),
        (rules.known_zone, ""),
        (rules.known_locale, "xx_YY"),
        (rules.known_locale, ""),
        (rules.known_locale, "es_EC_EC_EC_EC"),
    ],
)
def test_what_does_not_exist_is_refused(check: Callable[[str], str], given: str) -> None:
    with pytest.raises(ValueError, match=r"give the|ISO 4217"):
        check(given)


def test_a_sandbox_shows_what_it_was_moved_to() -> None:
    sandbox = organization()

    assert sandbox.move_clock(NOON + timedelta(days=30), real=NOON)
    assert sandbox.clock_offset_seconds == 30 * 86_400
    assert sandbox.now(NOON) == NOON + timedelta(days=30)
    assert not sandbox.move_clock(NOON + timedelta(days=30), real=NOON)


def test_a_clock_never_goes_back() -> None:
    sandbox = organization(offset=60)

    with pytest.raises(ClockBackwards):
        sandbox.move_clock(NOON + timedelta(seconds=59), real=NOON)
    assert sandbox.clock_offset_seconds == 60


def test_only_a_sandbox_has_a_clock_of_its_own() -> None:
    with pytest.raises(NotASandbox):
        organization(sandbox=False).move_clock(NOON + timedelta(days=1), real=NOON)


def test_a_clock_stays_within_a_hundred_years() -> None:
    with pytest.raises(ClockTooFar):
        organization().move_clock(NOON + timedelta(days=36_501), real=NOON)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=300)), max_size=20))
def test_however_it_is_moved_the_clock_shows_at_least_what_was_asked(
    moves: list[timedelta],
) -> None:
    sandbox = organization()
    for by in moves:
        wanted = sandbox.now(NOON) + by
        sandbox.move_clock(wanted, real=NOON)
        assert timedelta(0) <= sandbox.now(NOON) - wanted < timedelta(seconds=1)
