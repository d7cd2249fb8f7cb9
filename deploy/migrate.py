"""Brings several services' databases to the newest revision, in one process.

Where all code is at hand this is `python -m services.<name> migrate` for each of them, without
starting Python and importing the same packages six times. URLs come as `<SERVICE>_OWNER_URL`.
"""

import os
import sys

from deploy.provision import SERVICES
from shared import migrate


def main() -> None:
    """Migrate every service whose owner's URL is in the environment."""
    urls = {name: os.environ.get(f"{name.upper()}_OWNER_URL") for name in SERVICES}
    for service, url in urls.items():
        if url:
            migrate.upgrade(service, url)
            sys.stderr.write(f"{service}: {migrate.head(service)}\n")


if __name__ == "__main__":
    main()
