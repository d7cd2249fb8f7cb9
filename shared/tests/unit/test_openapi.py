"""The document: every refusal an endpoint can give, said once and centrally."""

from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.auth import Role, allow
from shared.db import Database
from shared.http import (
    IdempotencyKey,
    IfMatch,
    OrganizationId,
    Transactional,
    create_http_app,
)
from shared.pages import Page, Paging
from shared.problems import Conflict, problem_docs
from shared.settings import ServiceSettings


class Taken(Conflict):
    """The name is taken."""

    slug = "name-taken"
    title = "The name is taken"


class Thing(BaseModel):
    name: str


def document(*routers: APIRouter) -> dict[str, Any]:
    database = Database("postgresql://127.0.0.1:1/none", application="test")
    return create_http_app("things", routers, database, ServiceSettings()).openapi()


@pytest.fixture(scope="module")
def things() -> dict[str, Any]:
    router = APIRouter(prefix="/things", route_class=Transactional, dependencies=[allow(*Role)])

    @router.get("")
    async def list_things(organization_id: OrganizationId, paging: Paging) -> Page[Thing]: ...  # type: ignore[empty-body]

    @router.post("", status_code=201, responses=problem_docs(Taken))
    async def create_thing(body: Thing) -> Thing: ...  # type: ignore[empty-body]

    @router.patch("/{id}")
    async def change_thing(id: int, body: Thing, seen: IfMatch) -> Thing: ...  # type: ignore[empty-body]

    @router.post("/{id}/pay")
    async def pay_thing(id: int, key: IdempotencyKey) -> Thing: ...  # type: ignore[empty-body]

    plain = APIRouter(route_class=APIRoute)

    @plain.get("/open")
    async def read_open() -> Thing: ...  # type: ignore[empty-body]

    return document(router, plain)


def statuses(things: dict[str, Any], path: str, method: str) -> list[str]:
    return sorted(things["paths"][path][method]["responses"])


def test_it_is_openapi_3_1_and_operations_are_named_by_their_function(
    things: dict[str, Any],
) -> None:
    assert things["openapi"].startswith("3.1")
    assert things["paths"]["/things/{id}/pay"]["post"]["operationId"] == "pay_thing"


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/things", "get", "200 400 401 403 422 429 503"),
        ("/things", "post", "201 400 401 403 409 413 422 429 503"),
        ("/things/{id}", "patch", "200 400 401 403 404 409 412 413 422 429 503"),
        ("/things/{id}/pay", "post", "200 400 401 403 404 409 422 429 503"),
        ("/open", "get", "200 422 429 503"),
    ],
)
def test_every_status_an_operation_can_answer_with_is_documented(
    things: dict[str, Any], path: str, method: str, expected: str
) -> None:
    assert statuses(things, path, method) == expected.split()


def test_refusals_are_problems_and_name_their_rules(things: dict[str, Any]) -> None:
    responses = things["paths"]["/things"]["post"]["responses"]

    for status, response in responses.items():
        assert list(response["content"]) == [
            "application/json" if status < "300" else "application/problem+json"
        ]
    conflict = responses["409"]["content"]["application/problem+json"]
    assert set(conflict["examples"]) == {"name-taken", "conflict", "idempotency-in-progress"}
    assert conflict["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}
    invalid = responses["422"]["content"]["application/problem+json"]
    assert invalid["schema"] == {"$ref": "#/components/schemas/ValidationProblem"}


def test_every_reference_leads_somewhere(things: dict[str, Any]) -> None:
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found.append(value["$ref"])
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(things)

    assert found
    for reference in found:
        name = reference.removeprefix("#/components/schemas/")
        assert name in things["components"]["schemas"]


def test_tokens_and_headers_are_documented_where_they_are_read(things: dict[str, Any]) -> None:
    def headers(path: str, method: str) -> dict[str, bool]:
        operation = things["paths"][path][method]
        return {
            parameter["name"]: parameter["required"]
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "header"
        }

    organization = {"X-Organization-Id": False}
    assert headers("/things", "get") == organization
    assert headers("/things", "post") == organization | {"Idempotency-Key": False}
    assert headers("/things/{id}/pay", "post") == organization | {"Idempotency-Key": True}
    assert headers("/things/{id}", "patch") == organization | {"If-Match": False}
    assert headers("/open", "get") == {}
    assert things["paths"]["/things"]["get"]["security"] == [{"bearer": []}]
    assert "security" not in things["paths"]["/open"]["get"]
    assert things["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_two_endpoints_of_one_name_are_refused() -> None:
    router = APIRouter()

    @router.get("/a")
    async def twin() -> None: ...

    other = APIRouter()

    @other.get("/b", name="twin")
    async def second() -> None: ...

    with pytest.raises(ValueError, match="two endpoints are named twin"):
        document(router, other)
