"""Setting a card processor up: who may, and that secrets stay secret."""

from typing import Any

import pytest

from services.payments import environment
from services.payments.processors import operations
from services.payments.tests.integration.card_desk import SECRET_KEY, WEBHOOK_SECRET, CardDesk
from services.payments.tests.integration.desk import Desk
from shared.auth import Role
from shared.testing.bed import sample_organization

STRIPE = {
    "provider": "stripe",
    "publishable_key": "pk_test_1",
    "secret_key": SECRET_KEY,
    "webhook_secret": WEBHOOK_SECRET,
}


async def _send(
    cards: CardDesk, method: str, path: str, role: Role = Role.ORG_ADMIN, **more: Any
) -> Any:
    async with cards.running.client(role) as client:
        return await client.request(method, path, **more)


async def test_secrets_rest_encrypted_and_are_never_shown_or_logged(
    cards: CardDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await _send(cards, "POST", "/processors", json=STRIPE)
    path = f"/processors/{made.json()['id']}"
    answers = [
        made,
        await _send(cards, "GET", "/processors"),
        await _send(cards, "GET", path),
        await _send(cards, "PATCH", path, json={"secret_key": SECRET_KEY, "active": False}),
        await _send(cards, "POST", "/processors", json=STRIPE | {"secret_key": "short"}),
        await _send(cards, "POST", "/processors", json=STRIPE | {"surprise": SECRET_KEY}),
    ]
    begun = await cards.begin(invoice_id=(await cards.invoice()).invoice_id)  # nobody is there

    logged = capsys.readouterr()
    rows = await cards.rows("SELECT * FROM processor")
    said = "".join(each.text for each in (*answers, begun)) + logged.out + logged.err
    kept = b"".join(bytes(v) for row in rows for v in row.values() if isinstance(v, bytes))
    for secret in (SECRET_KEY, WEBHOOK_SECRET):
        assert secret not in said
        assert secret.encode() not in kept
        assert secret not in str(rows)
    assert [each.status_code for each in answers] == [201, 200, 200, 200, 422, 422]


async def test_a_sealed_secret_does_not_open_in_another_row(cards: CardDesk) -> None:
    other = cards.running.other_organization
    await cards.set_up(organization=other)
    await cards.rows(
        "UPDATE processor SET webhook_secret_sealed = (SELECT webhook_secret_sealed"
        " FROM processor WHERE organization_id = %s) WHERE organization_id = %s RETURNING id",
        cards.organization.id,
        other.id,
    )

    answer = await cards.send(b"{}", organization=other)

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "vault-closed")


async def test_one_processor_is_active_and_gets_the_new_payments(cards: CardDesk) -> None:
    stripe = (await _send(cards, "POST", "/processors", json=STRIPE)).json()
    listed = (await _send(cards, "GET", "/processors")).json()["items"]
    assert {each["provider"]: each["active"] for each in listed} == {
        "local": False,
        "stripe": True,
    }

    local = next(each for each in listed if each["provider"] == "local")
    await _send(cards, "PATCH", f"/processors/{local['id']}", json={"active": True})

    assert not (await _send(cards, "GET", f"/processors/{stripe['id']}")).json()["active"]
    begun = await cards.begun(invoice_id=(await cards.invoice()).invoice_id)
    assert begun["provider"] == "local"


async def test_a_stale_change_is_refused(cards: CardDesk) -> None:
    (processor,) = (await _send(cards, "GET", "/processors")).json()["items"]
    path = f"/processors/{processor['id']}"

    first = await _send(
        cards, "PATCH", path, json={"publishable_key": "pk_2"}, headers={"If-Match": '"1"'}
    )
    stale = await _send(
        cards, "PATCH", path, json={"publishable_key": "pk_3"}, headers={"If-Match": '"1"'}
    )

    assert (first.status_code, first.headers["etag"], stale.status_code) == (200, '"2"', 412)


async def test_a_processor_is_set_up_once(cards: CardDesk) -> None:
    answer = await _send(cards, "POST", "/processors", json={"provider": "local"})

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
        409,
        "processor-exists",
    )


async def test_a_real_processor_needs_its_secrets(cards: CardDesk) -> None:
    answer = await _send(cards, "POST", "/processors", json={"provider": "stripe"})

    assert answer.status_code == 422


async def test_only_administrators_set_processors_up(cards: CardDesk) -> None:
    answers = [
        await _send(cards, "POST", "/processors", Role.CLERK, json=STRIPE),
        await _send(cards, "GET", "/processors", Role.READ_ONLY),
    ]

    assert [each.status_code for each in answers] == [403, 403]


async def test_a_clerk_who_takes_payments_sees_who_takes_cards_and_no_secret(
    cards: CardDesk,
) -> None:
    made = (await _send(cards, "POST", "/processors", json=STRIPE)).json()
    listed = await _send(cards, "GET", "/processors", Role.CLERK)
    changed = await _send(
        cards, "PATCH", f"/processors/{made['id']}", Role.CLERK, json={"active": False}
    )

    assert made["id"] in [item["id"] for item in listed.json()["items"]]
    assert SECRET_KEY not in listed.text
    assert WEBHOOK_SECRET not in listed.text
    assert changed.status_code == 403


async def test_the_test_processor_serves_sandboxes_only(cards: CardDesk) -> None:
    real = await cards.running.add_organization(sample_organization("Real Net", sandbox=False))

    async with cards.running.client(Role.ORG_ADMIN, real) as client:
        answer = await client.post("/processors", json={"provider": "local"})

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
        409,
        "local-processor-needs-sandbox",
    )


async def test_without_a_key_for_secrets_none_are_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAYMENTS_SECRETS_KEY", raising=False)
    environment.settings.cache_clear()
    operations.vault.cache_clear()

    async with desk.running.client(Role.ORG_ADMIN) as client:
        answer = await client.post("/processors", json=STRIPE)

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "vault-closed")
