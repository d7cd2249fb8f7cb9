"""The books, the invariants and the projections behind them."""

from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from services.collections.service import SERVICE
from services.collections.tests.integration.scene import Scene
from shared.contracts.customers import LineUpdated
from shared.contracts.event import Event
from shared.testing.bed import envelope


async def book(scene: Scene, name: str) -> list[dict[str, Any]]:
    """What a book says of the first organization."""
    (found,) = (each for each in SERVICE.books if each.name == name)
    rows = await scene.rows(found.sql)
    assert all(tuple(row) == found.columns for row in rows)
    return [row for row in rows if row["organization_id"] == scene.organization.id]


async def test_the_book_of_debts_says_what_is_open(scene: Scene) -> None:
    line = await scene.line()
    invoice, void = await scene.issue(line), await scene.issue(line)
    await scene.say(invoice.paid(1500), void.voided())
    facts = {
        row["invoice_id"]: (
            row["total_minor"],
            row["allocated_minor"],
            row["open_minor"],
            row["voided"],
            row["receivable_version"],
        )
        for row in await book(scene, "debts")
    }
    assert facts == {
        invoice.id: (4500, 1500, 3000, False, 1),
        void.id: (4500, 0, 0, True, 0),
    }


async def test_the_book_of_enforcement_has_every_line_with_its_order_and_debt(
    scene: Scene,
) -> None:
    line, _ = await scene.off()
    free = await scene.line()
    rows = {row["line_id"]: row for row in await book(scene, "enforcement")}
    assert rows[line.id]["ordered"] == "suspend"
    assert (rows[line.id]["generation"], rows[line.id]["overdue_open_minor"]) == (1, 4500)
    assert (rows[free.id]["ordered"], rows[free.id]["generation"]) == (None, 0)
    assert rows[line.id]["status"] == "suspended"


@pytest.mark.parametrize(
    ("tampering", "invariant"),
    [
        (
            "UPDATE debt SET allocated_minor = total_minor, receivable_version = 99",
            "a line ordered off owes what its policy asks for",
        ),
        (
            "UPDATE line_enforcement SET ordered = 'reactivate'",
            "an installed line that owes what its policy asks for is ordered off",
        ),
        ("UPDATE debt SET allocated_minor = 9999", "a debt is open between nothing and its total"),
        (
            "UPDATE line_enforcement SET generation = 7",
            "every order in force is its line's last deciding decision",
        ),
        ("DELETE FROM debtor", "whoever has a line or a debt can be locked"),
        ("DELETE FROM assessment_clock", "every organization has a policy and a clock"),
    ],
)
async def test_each_invariant_notices_what_it_is_there_for(
    scene: Scene, tampering: str, invariant: str
) -> None:
    await scene.off()
    assert await scene.broken_invariants() == {}
    async with scene.running.db.transaction(None) as tx:
        await tx.execute(tampering)
    assert invariant in await scene.broken_invariants()


async def test_a_policy_version_can_be_neither_changed_nor_deleted(scene: Scene) -> None:
    for statement in ("UPDATE policy SET grace_days = 9", "DELETE FROM policy"):
        with pytest.raises(psycopg.errors.RaiseException, match="never changes"):
            await scene.rows(statement)


async def test_projections_made_anew_from_the_same_events_are_the_same(scene: Scene) -> None:
    """As shared.bus.rebuild does it: temporary tables of the same names, filled again."""
    line, (invoice,) = await scene.off()
    await scene.cancel(line)
    story = [
        invoice.issued(),
        invoice.paid(100),
        invoice.taken_back(50),
        *_lines_again(scene),
    ]
    await scene.say(*story)
    events: list[Event[Any]] = [envelope(data, scene.organization.id) for data in story]
    async with await psycopg.AsyncConnection[dict[str, Any]].connect(
        scene.running.urls.worker, row_factory=dict_row
    ) as tx:
        for projection in SERVICE.projections:
            for table in projection.tables:
                await tx.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)")
            known = {data_type.type for data_type in projection.types}
            await projection.apply(tx, [event for event in events if event.type in known])
        for table, key in (("debt", "invoice_id"), ("line", "line_id")):
            live = await tx.execute(f"SELECT * FROM public.{table} ORDER BY {key}")
            made = await tx.execute(f"SELECT * FROM pg_temp.{table} ORDER BY {key}")
            assert await live.fetchall() == await made.fetchall()


def _lines_again(scene: Scene) -> list[Any]:
    return [LineUpdated(**line.facts()) for line in scene.lines.values()]
