"""Sums of payments by the organization's calendar."""

from datetime import timedelta

from services.payments.service import SERVICE
from shared.contracts.billing import InvoiceIssued
from shared.ids import new_id
from shared.testing import Bed


async def test_todays_and_the_last_thirty_days_payments_are_summed(bed: Bed) -> None:
    async with bed.service(SERVICE) as running:
        today = running.organization.today()
        invoice = InvoiceIssued(
            invoice_id=new_id(),
            customer_id=new_id(),
            line_id=None,
            version=1,
            number="INV-1",
            currency="USD",
            total_minor=100_00,
            issued_on=today - timedelta(days=60),
            due_on=today,
        )
        await running.deliver(invoice)
        async with running.client() as client:
            for days, amount in ((0, "10.00"), (29, "5.00"), (30, "1.00")):
                body = {
                    "invoice_id": str(invoice.invoice_id),
                    "amount": {"amount": amount, "currency": "USD"},
                    "method": "cash",
                    "received_on": (today - timedelta(days=days)).isoformat(),
                }
                headers = {"Idempotency-Key": str(new_id())}
                answer = await client.post("/payments", json=body, headers=headers)
                assert answer.status_code == 201, answer.text
            summary = (await client.get("/payments/summary")).json()
        async with running.client(organization=running.other_organization) as stranger:
            nothing = (await stranger.get("/payments/summary")).json()

    assert summary["today"] == {"count": 1, "amount": {"amount": "10.00", "currency": "USD"}}
    assert summary["last_30_days"] == {
        "count": 2,
        "amount": {"amount": "15.00", "currency": "USD"},
    }
    assert nothing["last_30_days"]["count"] == 0
