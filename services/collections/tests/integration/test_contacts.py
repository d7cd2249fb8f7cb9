"""Contact rules: by every channel, a contact that breaks one is refused by its name."""

from typing import Any

import httpx
import pytest

from services.collections.contacts.rules import MESSAGES, ContactChannel
from services.collections.tests.integration.desk import at_local_time, owing
from services.collections.tests.integration.scene import Scene

LIMIT = {ContactChannel.CALL: "calls-per-week"} | dict.fromkeys(MESSAGES, "messages-per-day")


@pytest.mark.parametrize("channel", ContactChannel)
async def test_a_contact_by_any_channel_is_refused_by_the_rule_it_breaks_and_not_counted(
    scene: Scene, client: httpx.AsyncClient, channel: ContactChannel
) -> None:
    (case_id,) = await owing(scene)
    path = f"/collections/cases/{case_id}"

    async def refusal(**body: Any) -> str | None:
        contact = {"channel": channel.value, "outcome": "no_answer"} | body
        answer = await client.post(f"{path}/calls", json=contact)
        if answer.status_code == 201:
            return None
        problem = answer.json()
        assert (answer.status_code, problem["type"].rsplit("/", 1)[1]) == (
            409,
            "contact-rule-broken",
        )
        shown = (await client.get(f"{path}/contactability")).json()
        (asked,) = [each for each in shown["channels"] if each["channel"] == channel]
        assert (asked["allowed"], asked["rule"]) == (False, problem["rule"])
        assert asked["why"] == problem["detail"]
        return str(problem["rule"])

    await at_local_time(scene, 3)
    assert await refusal() == "hours"
    assert await refusal(direction="inbound") is None
    await at_local_time(scene, 12)
    made = [await refusal() for _ in range(4)]
    allowed = {"calls-per-week": 3, "messages-per-day": 2}.get(LIMIT.get(channel, ""), 4)
    assert made == [None] * allowed + [LIMIT.get(channel)] * (4 - allowed)
    await scene.pass_days(4)  # a Sunday
    assert await refusal() == "weekday"
    await scene.pass_days(4)  # a Thursday, more than seven days after the calls
    assert await refusal() is None

    customer = (await client.get(path)).json()["customer_id"]
    preference = f"/collections/contact-preferences/{customer}"
    await client.put(preference, json={"opted_out": [channel.value]})
    assert await refusal() == "opted-out"
    assert await refusal(direction="inbound") is None
    await client.put(preference, json={"opted_out": []})
    assert await refusal() is None
    contacts = await scene.rows("SELECT count(*) AS made FROM contact")
    assert contacts[0]["made"] == allowed + 2
