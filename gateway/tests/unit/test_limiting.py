"""Allowances per caller."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.edge.limiting import Allowances, RateLimiter, Windows
from shared import clock
from shared.problems import TooManyRequests

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SMALL = Allowances(user="3/minute", address="5/minute", credentials="2/minute")
LOGIN = "/api/v1/auth/login"


def test_a_caller_above_the_allowance_is_told_how_long_to_wait() -> None:
    limiter = RateLimiter(SMALL)
    with clock.frozen(NOON) as time:
        for _ in range(3):
            limiter.count_user("ana")
        time.advance(timedelta(seconds=20))
        with pytest.raises(TooManyRequests) as refusal:
            limiter.count_user("ana")

    assert refusal.value.headers["Retry-After"] == "40"


def test_the_next_window_begins_anew() -> None:
    limiter = RateLimiter(SMALL)
    with clock.frozen(NOON) as time:
        for _ in range(3):
            limiter.count_user("ana")
        time.advance(timedelta(seconds=60))
        limiter.count_user("ana")


def test_one_caller_does_not_use_up_another_ones_allowance() -> None:
    limiter = RateLimiter(SMALL)
    with clock.frozen(NOON):
        for user in ("ana", "luis", "eva"):
            for _ in range(3):
                limiter.count_user(user)


def test_logging_in_has_a_smaller_allowance_than_the_rest() -> None:
    limiter = RateLimiter(SMALL)
    with clock.frozen(NOON):
        limiter.count_address("203.0.113.9", LOGIN)
        limiter.count_address("203.0.113.9", LOGIN)
        with pytest.raises(TooManyRequests):
            limiter.count_address("203.0.113.9", LOGIN)
        limiter.count_address("203.0.113.9", "/api/v1/imports/template.csv")


def test_a_processors_webhooks_use_up_an_allowance_of_their_own() -> None:
    limiter = RateLimiter(Allowances("3/minute", "5/minute", "2/minute", webhooks="7/minute"))
    with clock.frozen(NOON):
        for _ in range(7):
            limiter.count_address("203.0.113.9", "/api/v1/webhooks/stripe/some-organization")
        with pytest.raises(TooManyRequests):
            limiter.count_address("203.0.113.9", "/api/v1/webhooks/stripe/another")
        limiter.count_address("203.0.113.9", "/api/v1/customers")


def test_a_count_outlives_the_change_of_generations() -> None:
    windows = Windows(60)
    with clock.frozen(NOON) as time:
        windows.incr("first", 60)
        time.advance(timedelta(seconds=50))
        windows.incr("late", 60)
        time.advance(timedelta(seconds=20))
        assert windows.incr("late", 60) == 2
        assert windows.incr("first", 60) == 1


def test_callers_that_stay_away_are_forgotten() -> None:
    windows = Windows(60)
    with clock.frozen(NOON) as time:
        for number in range(1000):
            windows.incr(str(number), 60)
        for _ in range(2):
            time.advance(timedelta(seconds=61))
            windows.incr("somebody", 60)

    assert windows.reset() == 1
