"""The committed API document."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.document import load
from gateway.merging import operations_of
from gateway.routes import PREFIX, ROUTES, Routes
from shared.problems import MEDIA_TYPE

DOCUMENT = load()
OPERATIONS = [
    pytest.param(path, verb, operation, id=operation["operationId"])
    for path, verb, operation in operations_of(DOCUMENT)
]
PUBLIC = {
    "log_in",
    "refresh",
    "log_out",
    "published_keys",
    "system_health",
    "live",
    "ready",
    "receive_from_local",
    "receive_from_stripe",
}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize(("path", "verb", "operation"), OPERATIONS)
def test_every_refusal_is_a_problem_of_a_named_rule(
    path: str, verb: str, operation: dict[str, Any]
) -> None:
    refusals = {code: each for code, each in operation["responses"].items() if code >= "4"}

    assert {"429", "503"} <= set(refusals)
    for refusal in refusals.values():
        assert refusal["content"][MEDIA_TYPE]["examples"]


@pytest.mark.parametrize(("path", "verb", "operation"), OPERATIONS)
def test_every_operation_takes_a_token_unless_it_is_known_to_be_public(
    path: str, verb: str, operation: dict[str, Any]
) -> None:
    secured = operation.get("security") == [{"bearer": []}]

    assert secured is (operation["operationId"] not in PUBLIC)


@pytest.mark.parametrize(("path", "verb", "operation"), OPERATIONS)
def test_every_parameter_of_a_path_is_declared(
    path: str, verb: str, operation: dict[str, Any]
) -> None:
    item = DOCUMENT["paths"][path]
    declared = {
        each["name"]
        for each in [*item.get("parameters", []), *operation.get("parameters", [])]
        if each["in"] == "path"
    }

    assert declared == set(re.findall(r"\{(\w+)\}", path))


@pytest.mark.parametrize(("path", "verb", "operation"), OPERATIONS)
def test_every_operation_says_what_it_does(path: str, verb: str, operation: dict[str, Any]) -> None:
    assert operation["description"].strip()
    assert operation["tags"]


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        _, _, section, name = reference.split("/")
        assert name in DOCUMENT["components"][section], reference


def test_every_route_of_the_table_leads_to_a_documented_operation() -> None:
    routes = Routes()
    targets = (
        routes.resolve(path.removeprefix(PREFIX).replace("{service}", service))
        for path in DOCUMENT["paths"]
        for service in ("customers", "billing", "payments", "collections", "ingestion")
    )
    documented = {target.route for target in targets if target is not None}

    assert documented == set(ROUTES)
