"""`python -m services.billing {migrate|api|worker|openapi}`."""

from services.billing.service import SERVICE
from shared.runtime import main

if __name__ == "__main__":
    main(SERVICE)
