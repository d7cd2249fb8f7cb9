"""What services wrote, passed on as it is: named in our schemas by theirs."""

from typing import Annotated, Any

from pydantic import WithJsonSchema


def of_service(service: str, schema: str) -> WithJsonSchema:
    """A value a service wrote, passed on as it is.

    `gateway.openapi` puts a reference to the service's own schema here.
    """
    return WithJsonSchema({"type": "object", "x-duesline-schema": f"{service}.{schema}"})


Customer = Annotated[dict[str, Any], of_service("customers", "CustomerOut")]
Line = Annotated[dict[str, Any], of_service("customers", "LineOut")]
CollectionsStatus = Annotated[dict[str, Any], of_service("collections", "CollectionsStatus")]
Decision = Annotated[dict[str, Any], of_service("collections", "DecisionOut")]
Invoice = Annotated[dict[str, Any], of_service("billing", "InvoiceOut")]
InvoiceSummary = Annotated[dict[str, Any], of_service("billing", "SummaryOut")]
Payment = Annotated[dict[str, Any], of_service("payments", "PaymentOut")]
Credit = Annotated[dict[str, Any], of_service("payments", "CreditOut")]
Import = Annotated[dict[str, Any], of_service("ingestion", "ImportOut")]
CollectionsSummary = Annotated[dict[str, Any], of_service("collections", "CollectionsSummary")]
CustomersSummary = Annotated[dict[str, Any], of_service("customers", "CustomersSummary")]
LinesSummary = Annotated[dict[str, Any], of_service("customers", "LinesSummary")]
PaymentsSummary = Annotated[dict[str, Any], of_service("payments", "PaymentsSummary")]
