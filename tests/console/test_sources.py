"""What is committed of the console agrees with what it is made from."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from deploy.local.state import ROOT

CONSOLE = Path(ROOT) / "gateway" / "console"
GENERATOR = CONSOLE / "node_modules" / ".bin" / "openapi-typescript"


def test_types_are_those_of_the_committed_api_document(tmp_path: Path) -> None:
    if not GENERATOR.exists():
        pytest.skip("the console's packages are not installed: make console")
    fresh = tmp_path / "schema.ts"
    subprocess.run(
        [GENERATOR, "../openapi.json", "-o", fresh], cwd=CONSOLE, check=True, capture_output=True
    )
    committed = (CONSOLE / "src" / "api" / "schema.ts").read_text()
    assert fresh.read_text() == committed, "stale: npm run types, in gateway/console"


def test_packages_of_the_component_library_are_of_one_exact_version() -> None:
    wanted = json.loads((CONSOLE / "package.json").read_text())
    packages = wanted["dependencies"] | wanted["devDependencies"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in packages.values())
    assert len({v for name, v in packages.items() if name.startswith("@mantine/")}) == 1


def test_lock_names_no_registry() -> None:
    assert '"resolved"' not in (CONSOLE / "package-lock.json").read_text()
