"""`python -m services.ingestion {migrate|api|worker}`."""

from services.ingestion.service import SERVICE
from shared.runtime import main

if __name__ == "__main__":
    main(SERVICE)
