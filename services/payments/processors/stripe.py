"""Stripe, through its own library and never blocking the loop.

The library's asynchronous client over httpx; its own retries are off, because `calls` does
them. Every call that makes something carries an idempotency key of ours.
"""

from collections.abc import Awaitable, Mapping
from functools import cache
from typing import Any, Final, TypeVar

import stripe
from stripe import HTTPXClient, StripeClient

from services.payments.processors import wire
from services.payments.processors.port import (
    IntentReport,
    NewIntent,
    NewRefund,
    ProcessorRefused,
    ProcessorUnavailable,
    RefundReport,
    Report,
)
from shared import clock

T = TypeVar("T")
MOST: Final = 100
IN_DOUBT: Final = 500
API_VERSION: Final = "2024-06-20"
"""Named, so that neither the library's nor the account's default changes what is said."""


class Stripe:
    """An organization's account at Stripe."""

    def __init__(self, secret_key: str, *, api_base: str, seconds: float) -> None:
        self._client = StripeClient(
            secret_key,
            http_client=_http_client(seconds),
            base_addresses={"api": api_base},
            max_network_retries=0,
            stripe_version=API_VERSION,
        )

    async def create_intent(self, wanted: NewIntent) -> IntentReport:
        """A PaymentIntent for a card; wallets are cards to Stripe."""
        facts: Any = {
            "amount": wire.to_wire(wanted.amount),
            "currency": wanted.amount.currency.lower(),
            "payment_method_types": ["card"],
            "metadata": {
                wire.PAYMENT_ID: str(wanted.payment_id),
                "organization_id": str(wanted.organization_id),
                "for": wanted.description,
            },
        }
        found = await _answer(
            self._client.v1.payment_intents.create_async(facts, {"idempotency_key": wanted.key})
        )
        return wire.intent(found, clock.now())

    async def cancel_intent(self, provider_intent_id: str) -> IntentReport:
        """Cancel a PaymentIntent."""
        found = await _answer(
            self._client.v1.payment_intents.cancel_async(
                provider_intent_id,
                options={"idempotency_key": f"duesline-cancel-{provider_intent_id}"},
            )
        )
        return wire.intent(found, clock.now())

    async def retrieve(self, provider_intent_id: str) -> IntentReport:
        """A PaymentIntent as it is now."""
        found = await _answer(self._client.v1.payment_intents.retrieve_async(provider_intent_id))
        return wire.intent(found, clock.now())

    async def refund(self, wanted: NewRefund) -> RefundReport:
        """A Refund of a PaymentIntent."""
        found = await _answer(
            self._client.v1.refunds.create_async(
                {
                    "payment_intent": wanted.provider_intent_id,
                    "amount": wire.to_wire(wanted.amount),
                    "metadata": {wire.REFUND_ID: str(wanted.refund_id)},
                },
                {"idempotency_key": wanted.key},
            )
        )
        report = wire.refund(found, clock.now())
        assert report is not None
        return report

    async def returns_of(self, provider_intent_id: str) -> tuple[Report, ...]:
        """The refunds and disputes of a PaymentIntent."""
        of: Any = {"payment_intent": provider_intent_id, "limit": MOST}
        refunds = await _answer(self._client.v1.refunds.list_async(of))
        disputes = await _answer(self._client.v1.disputes.list_async(of))
        at = clock.now()
        found: list[Report | None] = [wire.refund(each, at) for each in refunds["data"]]
        found += [wire.dispute(each, at) for each in disputes["data"]]
        return tuple(report for report in found if report is not None)


@cache
def _http_client(seconds: float) -> HTTPXClient:
    """One pool of connections for all organizations of the process."""
    return HTTPXClient(timeout=seconds)


async def _answer(call: Awaitable[stripe.StripeObject]) -> Mapping[str, Any]:
    """The answer as plain data, or one of the port's two failures."""
    try:
        found = await call
    except stripe.APIConnectionError as error:
        raise ProcessorUnavailable("Stripe does not answer") from error
    except stripe.RateLimitError as error:
        raise ProcessorUnavailable("Stripe asks to slow down", an_outage=False) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise ProcessorRefused("key", "Stripe does not accept the organization's key") from error
    except stripe.IdempotencyError as error:
        raise ProcessorRefused("idempotency", "the key was used for another request") from error
    except stripe.StripeError as error:
        status = error.http_status or IN_DOUBT
        if status >= IN_DOUBT or status in (409, 429):
            in_progress = status in (409, 429)
            raise ProcessorUnavailable(
                f"Stripe answers {status}", an_outage=not in_progress
            ) from error
        code = error.code or type(error).__name__
        raise ProcessorRefused(code, error.user_message or "no reason given") from error
    return found.to_dict()
