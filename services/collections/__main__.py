"""`python -m services.collections {migrate|api|worker|openapi}`."""

from services.collections.service import SERVICE
from shared.runtime import main

if __name__ == "__main__":
    main(SERVICE)
