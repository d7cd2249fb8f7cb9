"""Contracts only grow, samples stay readable, and the generated documents are fresh."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.bus.pack import SINGLE
from shared.bus.parse import parse
from shared.contracts.event import EventData
from shared.contracts.flow import FLOW
from shared.contracts.render import ROOT, data_schema, documents

SAMPLES = ROOT / "shared/contracts/samples"
SCHEMAS = ROOT / "shared/contracts/schemas"
TYPES = sorted(data.type for data in FLOW)


@pytest.mark.parametrize("path", sorted(documents()), ids=lambda path: path.name)
def test_a_generated_document_is_fresh(path: Path) -> None:
    assert path.read_text() == documents()[path], "stale: run `make docs`"


@pytest.mark.parametrize("wire_type", TYPES)
def test_a_sample_of_every_event_is_read_by_todays_code(wire_type: str) -> None:
    body = (SAMPLES / f"{wire_type}.json").read_bytes()

    parsed = parse(body, SINGLE, wire_type)

    assert parsed.unreadable == []
    [event] = parsed.events
    assert event.type == wire_type
    said = json.loads(body)["data"]
    assert json.loads(event.data.model_dump_json(exclude_unset=True)) == said


def losses(old: dict[str, Any], new: dict[str, Any], where: str = "data") -> list[str]:
    """What a reader of the old schema would miss in the new one."""
    found = []
    for name, property_ in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            found.append(f"{where}.{name} is gone")
        else:
            found += losses(property_, new["properties"][name], f"{where}.{name}")
    if "type" in old and old["type"] != new.get("type"):
        found.append(f"{where} was {old['type']} and is {new.get('type')}")
    if "items" in old:
        found += losses(old["items"], new.get("items", {}), f"{where}[]")
    return found


@pytest.mark.parametrize("wire_type", TYPES)
def test_a_contract_only_grows(wire_type: str) -> None:
    committed = json.loads((SCHEMAS / f"{wire_type}.json").read_text())

    assert losses(committed, data_schema(EventData.registry[wire_type])) == []


def test_the_check_sees_a_lost_and_a_changed_member() -> None:
    old = {"properties": {"a": {"type": "string"}, "b": {"items": {"type": "integer"}}}}
    new = {"properties": {"b": {"items": {"type": "string"}}}}

    assert losses(old, new) == ["data.a is gone", "data.b[] was integer and is string"]


def test_a_type_of_another_version_needs_a_new_name() -> None:
    assert all(wire_type.endswith(".v1") for wire_type in TYPES)
