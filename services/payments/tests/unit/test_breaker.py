"""When calls to a processor are made, and when not."""

import pytest

from services.payments.processors.breaker import Breaker, State
from services.payments.processors.port import ProcessorRefused, ProcessorUnavailable


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time: Time) -> Breaker:
    return Breaker("test", time)


def state_of(breaker: Breaker) -> State:
    return breaker.state


async def fail(breaker: Breaker, error: Exception | None = None) -> None:
    with pytest.raises((ProcessorUnavailable, ProcessorRefused)):
        async with breaker.call():
            raise error or ProcessorUnavailable("no answer")


async def answer(breaker: Breaker) -> None:
    async with breaker.call():
        pass


async def test_the_fifth_failure_within_a_minute_opens_it(breaker: Breaker) -> None:
    for _ in range(4):
        await fail(breaker)
    assert state_of(breaker) is State.CLOSED

    await fail(breaker)

    assert state_of(breaker) is State.OPEN
    with pytest.raises(ProcessorUnavailable) as refusal:
        await answer(breaker)
    assert not refusal.value.an_outage  # so that nobody tries again at once


async def test_failures_further_apart_do_not(breaker: Breaker, time: Time) -> None:
    for _ in range(20):
        await fail(breaker)
        time.at += 16.0

    assert state_of(breaker) is State.CLOSED


async def test_an_answer_in_between_makes_it_forget(breaker: Breaker) -> None:
    for _ in range(4):
        await fail(breaker)
    await answer(breaker)
    for _ in range(4):
        await fail(breaker)

    assert state_of(breaker) is State.CLOSED


async def test_a_refusal_is_an_answer_and_being_slowed_down_no_failure(breaker: Breaker) -> None:
    for _ in range(4):
        await fail(breaker)
    await fail(breaker, ProcessorRefused("card", "no"))
    for _ in range(9):
        await fail(breaker, ProcessorUnavailable("slow down", an_outage=False))

    assert state_of(breaker) is State.CLOSED


async def test_after_a_rest_one_call_tries_and_its_answer_closes_it(
    breaker: Breaker, time: Time
) -> None:
    for _ in range(5):
        await fail(breaker)
    time.at += 30.0
    assert state_of(breaker) is State.HALF_OPEN

    async with breaker.call():
        assert state_of(breaker) is State.OPEN  # for everybody else

    assert state_of(breaker) is State.CLOSED


async def test_a_trial_that_fails_opens_it_for_another_rest(breaker: Breaker, time: Time) -> None:
    for _ in range(5):
        await fail(breaker)
    time.at += 31.0
    await fail(breaker)

    assert state_of(breaker) is State.OPEN
    time.at += 30.0
    assert state_of(breaker) is State.HALF_OPEN
