"""An invoice read for printing, and printed: for whoever asks for it and for whoever sends it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.billing.brands import store as brands
from services.billing.brands.store import Brand
from services.billing.invoices import store as invoices
from services.billing.invoices.model import Invoice
from services.billing.papers import store
from services.billing.papers.invoice import Addressee, invoice_paper
from services.billing.papers.printing import print_paper
from services.billing.papers.words import Voice, voice_for
from shared.db import Connection
from shared.tenancy import Organization, load_organization


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything an invoice's paper is made from, read in one transaction."""

    invoice: Invoice
    customer: Addressee
    brand: Brand
    organization: Organization
    voice: Voice

    @property
    def data(self) -> dict[str, Any]:
        """What the template gets, as of the organization's today."""
        return invoice_paper(
            self.invoice,
            self.customer,
            self.brand,
            self.organization,
            self.voice,
            self.organization.today(),
        )

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return f"{self.invoice.number or 'draft'}.pdf"


async def prepare(tx: Connection, organization_id: UUID, invoice_id: UUID) -> Sheet:
    """Read what an invoice's paper is made from; raises NotFound and UnknownOrganization."""
    organization = await load_organization(tx, organization_id)
    invoice = (await invoices.read(tx, organization_id, invoice_id)).invoice
    known = await store.addressee(tx, organization_id, invoice.customer_id)
    customer = known or Addressee(str(invoice.customer_id))
    brand = await brands.load(tx, organization_id)
    voice = voice_for(customer.language, organization.locale)
    return Sheet(invoice, customer, brand, organization, voice)


async def print_invoice(sheet: Sheet) -> bytes:
    """The PDF; takes no connection to the database meanwhile."""
    return await print_paper("invoice", sheet.data)
