"""Ids: sortable when born here, agreed upon when they come from outside."""

import subprocess
import sys
from uuid import UUID

from shared.ids import external_id, new_id

ORGANIZATION = UUID("01890000-0000-7000-8000-000000000001")


def test_new_ids_are_version_7_and_come_in_order() -> None:
    ids = [new_id() for _ in range(1000)]

    assert {each.version for each in ids} == {7}
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)


def test_an_external_id_is_the_same_in_every_process_and_release() -> None:
    here = external_id(ORGANIZATION, "customer", "C-1")
    program = (
        "from uuid import UUID; from shared.ids import external_id;"
        f"print(external_id(UUID('{ORGANIZATION}'), 'customer', 'C-1'))"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert str(here) == there.stdout.strip() == "d34ffdc7-1824-5af4-9b3d-4204a2186f09"


def test_organization_kind_and_reference_all_tell_external_ids_apart() -> None:
    ids = {
        external_id(ORGANIZATION, "customer", "1"),
        external_id(ORGANIZATION, "invoice", "1"),
        external_id(ORGANIZATION, "customer", "2"),
        external_id(new_id(), "customer", "1"),
    }

    assert len(ids) == 4
