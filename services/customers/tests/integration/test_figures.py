"""Counts of customers and lines, of one's own organization alone."""

from services.customers.service import SERVICE
from shared.testing import Bed


async def test_customers_and_lines_are_counted_by_status(bed: Bed) -> None:
    async with bed.service(SERVICE) as running:
        async with running.client(organization=running.other_organization) as stranger:
            await stranger.post("/customers", json={"name": "Not ours"})
        async with running.client() as client:
            ids = [
                (await client.post("/customers", json={"name": name})).json()["id"]
                for name in ("Ana", "Ben", "Eva")
            ]
            await client.delete(f"/customers/{ids[2]}")
            for customer_id in ids[:2]:
                price = {"amount": "10.00", "currency": "USD"}
                body = {"customer_id": customer_id, "plan_name": "Fibra", "price": price}
                line = (await client.post("/lines", json=body)).json()
            await client.post(f"/lines/{line['id']}/activate")

            customers = (await client.get("/customers/summary")).json()
            lines = (await client.get("/lines/summary")).json()

    assert customers == {"total": 3, "active": 2, "inactive": 1}
    assert lines["total"] == 2
    assert lines["by_status"] == {
        "not_installed": 1,
        "active": 1,
        "suspended": 0,
        "cancelled": 0,
    }
