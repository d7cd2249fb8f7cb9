"""Pages on real PostgreSQL: every row once, in order, whatever happens in between."""

from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from shared.http import OrganizationId, Session, Transactional
from shared.pages import Page, PageRequest, Paging, _encode, paginate
from shared.tests.integration.conftest import MakeProbe, Probe

TABLE = """
CREATE TABLE item (id bigint PRIMARY KEY, organization_id uuid NOT NULL,
    name text NOT NULL, due_on date, amount_minor bigint NOT NULL)
"""
item = sa.Table(
    "item",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
)
SORTABLE: dict[str, sa.ColumnElement[Any]] = {
    "name": item.c.name,
    "due_on": item.c.due_on,
    "amount": item.c.amount_minor,
    "name_length": sa.func.length(item.c.name, type_=sa.Integer),
}
router = APIRouter(route_class=Transactional)


class ItemOut(BaseModel):
    id: int
    name: str


@router.get("/items")
async def list_items(
    organization_id: OrganizationId, session: Session, paging: Paging
) -> Page[ItemOut]:
    query = sa.select(item.c.id, item.c.name).where(item.c.organization_id == organization_id)
    rows, following = await paginate(
        session, query, paging, sortable=SORTABLE, default="-due_on", key=item.c.id
    )
    return Page(items=[ItemOut(id=id, name=name) for id, name in rows], next=following)


@pytest.fixture
async def items(make_probe: MakeProbe) -> Probe:
    """200 items with many ties and some without a due date."""
    probe = await make_probe([router], [TABLE])
    await probe.run(
        "INSERT INTO item SELECT n, %s, 'item ' || n %% 17,"
        " CASE WHEN n %% 5 > 0 THEN date '2026-01-01' + n %% 9 END, n %% 3"
        " FROM generate_series(1, 200) AS n",
        probe.organization,
    )
    return probe


async def walk(client: httpx.AsyncClient, sort: str, limit: int) -> list[int]:
    """The ids of all pages of a list, page after page."""
    ids: list[int] = []
    parameters: dict[str, str | int] = {"sort": sort, "limit": limit}
    while True:
        response = await client.get("/items", params=parameters)
        assert response.status_code == 200, response.text
        page = response.json()
        assert len(page["items"]) <= limit
        ids += [each["id"] for each in page["items"]]
        if page["next"] is None:
            return ids
        parameters["cursor"] = page["next"]


@pytest.mark.parametrize("name", list(SORTABLE))
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("limit", [7, 200, 500])
async def test_pages_joined_are_the_whole_list_in_postgresqls_order(
    items: Probe, name: str, sign: str, limit: int
) -> None:
    direction = "DESC" if sign else "ASC"
    column = {"amount": "amount_minor", "name_length": "length(name)"}.get(name, name)
    expected = await items.run(f"SELECT id FROM item ORDER BY {column} {direction}, id {direction}")

    async with items.client() as client:
        assert await walk(client, sign + name, limit) == [row["id"] for row in expected]


async def test_rows_that_come_and_go_elsewhere_neither_repeat_nor_hide_others(
    items: Probe,
) -> None:
    async with items.client() as client:
        first = (await client.get("/items", params={"sort": "amount", "limit": 50})).json()
        seen = [each["id"] for each in first["items"]]
        await items.run("DELETE FROM item WHERE id = ANY(%s)", seen[-3:])
        await items.run("UPDATE item SET id = id + 1000 WHERE id = %s", seen[0])
        rest = []
        cursor = first["next"]
        while cursor:
            page = await client.get(
                "/items", params={"sort": "amount", "limit": 50, "cursor": cursor}
            )
            rest += [each["id"] for each in page.json()["items"]]
            cursor = page.json()["next"]

    assert not set(seen) & set(rest)
    assert len(rest) == len(set(rest)) == 151


async def test_a_page_deep_in_the_list_is_read_from_the_index(items: Probe) -> None:
    await items.run(
        "INSERT INTO item SELECT n, %s, 'x', NULL, n FROM generate_series(1000, 20000) AS n",
        items.organization,
    )
    with psycopg.connect(items.owner_url, autocommit=True) as owner:
        owner.execute("CREATE INDEX ix_item_amount ON item (amount_minor, id)")
        owner.execute("ANALYZE item")
    paging = PageRequest(limit=5, sort="amount", cursor=_encode("amount", 15_000, 15_000))
    async with items.db.read(None) as session:
        rows, _ = await paginate(
            session,
            sa.select(item.c.id),
            paging,
            sortable=SORTABLE,
            default="amount",
            key=item.c.id,
        )
        assert [id for (id,) in rows] == list(range(15_001, 15_006))
        read = await session.execute(
            sa.text("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'item'")
        )
        assert read.scalar_one() == 0


@pytest.mark.parametrize(
    "parameters",
    [
        {"sort": "secret"},
        {"sort": "--name"},
        {"sort": ""},
        {"cursor": "x"},
        {"cursor": "W10"},
    ],
)
async def test_a_bad_sort_or_cursor_is_a_400_that_says_what_to_do(
    items: Probe, parameters: dict[str, str]
) -> None:
    async with items.client() as client:
        response = await client.get("/items", params=parameters)

    if parameters.get("sort") == "":
        assert response.status_code == 200
        return
    assert response.status_code == 400
    slug = "bad-sort" if "sort" in parameters else "bad-cursor"
    assert response.json()["type"].endswith(slug)
    if slug == "bad-sort":
        assert response.json()["allowed"] == ["amount", "due_on", "name", "name_length"]


async def test_a_cursor_belongs_to_its_order(items: Probe) -> None:
    async with items.client() as client:
        page = await client.get("/items", params={"sort": "name", "limit": 5})
        response = await client.get("/items", params={"cursor": page.json()["next"]})

    assert response.status_code == 400


async def test_an_empty_list_is_one_empty_page(items: Probe) -> None:
    async with items.client(organization=items.other) as client:
        assert (await client.get("/items")).json() == {"items": [], "next": None}
