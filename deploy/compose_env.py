"""Makes the secrets that docker-compose.yml asks for: `.env`, and files in `.state/compose`.

What exists is kept, so that a running PostgreSQL keeps accepting its passwords; a name that a
newer release asks for is added. Nothing of it is ever committed.
"""

import secrets
import sys
from pathlib import Path
from typing import Final

from deploy.local.keys import KeyFiles, write_key_pair
from deploy.local.state import ROOT, write_private
from deploy.provision import ROLES, SERVICES

NAMES: Final = (
    "POSTGRES_PASSWORD",
    "RABBITMQ_PASSWORD",
    "PAYMENTS_SECRETS_KEY",
    *(f"{service}_{role}_PASSWORD".upper() for service in SERVICES for role in ROLES),
)


def write_environment(path: Path) -> list[str]:
    """Add what is missing to the file; the names that were."""
    lines = path.read_text().splitlines() if path.exists() else []
    known = {line.split("=", 1)[0] for line in lines if "=" in line}
    missing = [name for name in NAMES if name not in known]
    lines += [f"{name}={secrets.token_urlsafe(24)}" for name in missing]
    if missing:
        write_private(path, "\n".join(lines) + "\n")
    return missing


def write_files(folder: Path) -> None:
    """Make the token keys and the first administrator's password where they are missing.

    Compose mounts these files as they are, and the containers' user is not ours: the files
    can be read by all, the folder can be entered by its owner only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    files = KeyFiles(folder / "token-private.pem", folder / "token-public.pem")
    if not (files.private.exists() and files.public.exists()):
        write_key_pair(files)
    password = folder / "admin-password"
    if not password.exists():
        write_private(password, secrets.token_urlsafe(18))
    for path in (files.private, files.public, password):
        path.chmod(0o644)


def main() -> None:
    """Make both, and say where they are."""
    missing = write_environment(ROOT / ".env")
    write_files(ROOT / ".state/compose")
    said = f"{len(missing)} secrets added to .env" if missing else ".env is complete"
    sys.stderr.write(f"{said}; keys and the administrator's password are in .state/compose\n")


if __name__ == "__main__":
    main()
