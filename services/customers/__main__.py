"""`python -m services.customers {migrate|api|worker}`."""

from services.customers.service import SERVICE
from shared.runtime import main

if __name__ == "__main__":
    main(SERVICE)
