"""The files by which everything is started say what they promise."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from deploy import compose_env
from deploy.provision import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^([a-zA-Z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", re.MULTILINE)


def _run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def _manifests() -> list[Path]:
    return [
        ROOT / "pyproject.toml",
        *ROOT.glob("*/pyproject.toml"),
        *ROOT.glob("services/*/*.toml"),
    ]


def test_make_lists_every_target_that_is_meant_for_people() -> None:
    listed = _run("make", "help")
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert listed.returncode == 0
    assert set(" ".join(phony).split()) == set(re.findall(r"36m([a-z-]+)", listed.stdout))


def test_every_manifest_is_a_member_of_the_workspace() -> None:
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]
    members = {str(path.parent.relative_to(ROOT)) for path in _manifests()} - {"."}

    assert set(workspace["members"]) == members


@pytest.mark.parametrize("manifest", _manifests(), ids=lambda path: path.parent.name)
def test_the_lock_holds_what_the_manifests_ask_for(manifest: Path) -> None:
    pins = {
        canonicalize_name(name): Version(version)
        for name, version in PINNED.findall((ROOT / "requirements.lock").read_text())
    }
    declared = tomllib.loads(manifest.read_text())
    wanted = [*declared["project"]["dependencies"]]
    wanted += declared.get("dependency-groups", {}).get("dev", [])

    unmet = [
        text
        for text in wanted
        if ((need := Requirement(text)) and pins.get(canonicalize_name(need.name)) is None)
        or not need.specifier.contains(pins[canonicalize_name(need.name)], prereleases=True)
    ]

    assert unmet == [], "run `make lock`"


def test_the_lock_names_no_registry_and_every_pin_has_a_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text()

    assert "://" not in lock
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-zA-Z0-9])", lock))


def test_every_service_has_a_migration_an_api_and_a_worker_in_compose() -> None:
    names = set(_compose()["services"])
    expected = {
        f"{s}-{k}" for s in SERVICES if s != "gateway" for k in ("migrate", "api", "worker")
    }

    assert names == expected | {"postgres", "rabbitmq", "provision", "gateway", "gateway-migrate"}


def test_compose_gives_each_process_its_own_role_only() -> None:
    for name, service in _compose()["services"].items():
        own, _, kind = name.partition("-")
        if own not in SERVICES:
            continue
        role = {"migrate": "owner", "worker": "worker"}.get(kind, "api")
        url = service["environment"]["DUESLINE_DATABASE_URL"]
        asked = set(re.findall(r"\$\{(\w+_PASSWORD):\?", yaml.safe_dump(service)))

        assert url.startswith(f"postgresql://{own}_{role}:")
        assert url.endswith(f"/duesline_{own}")
        assert asked == {f"{own}_{role}_PASSWORD".upper(), "RABBITMQ_PASSWORD"}


def test_compose_asks_for_no_secret_that_make_env_does_not_make(tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    env = tmp_path / ".env"

    assert set(compose_env.write_environment(env)) == required
    assert env.stat().st_mode & 0o077 == 0
    assert compose_env.write_environment(env) == []  # what exists is kept


def test_compose_accepts_its_file(tmp_path: Path) -> None:
    if shutil.which("docker") is None or _run("docker", "compose", "version").returncode != 0:
        pytest.skip("docker compose is not installed")
    env = tmp_path / ".env"
    compose_env.write_environment(env)

    checked = _run("docker", "compose", "--env-file", str(env), "config", "--quiet")
    without = _run("docker", "compose", "--env-file", "/dev/null", "config", "--quiet")

    assert checked.returncode == 0, checked.stderr
    assert "run make env" in without.stderr


def test_the_image_is_built_without_a_remote_frontend_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()

    assert "# syntax=" not in dockerfile
    assert "ARG BASE_IMAGE" in dockerfile
    assert dockerfile.index("USER 10001") < dockerfile.index("ENTRYPOINT")
    assert not re.search(r"COPY --from=\S*[/:]", dockerfile)


@pytest.mark.parametrize("script", ["deploy/bootstrap.sh", "deploy/console.sh", ".ci/run"])
def test_scripts_are_executable_and_bash_understands_them(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert _run("bash", "-n", script).returncode == 0


def test_a_second_bootstrap_has_nothing_to_do() -> None:
    done = _run("deploy/bootstrap.sh", "--python-only")

    assert (done.returncode, done.stderr) == (0, "")
