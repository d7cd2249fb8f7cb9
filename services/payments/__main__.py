"""`python -m services.payments {migrate|api|worker|openapi}`."""

from services.payments.service import SERVICE
from shared.runtime import main

if __name__ == "__main__":
    main(SERVICE)
