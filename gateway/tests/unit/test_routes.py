"""Which path is whose."""

import pytest

from gateway.routes import GATEWAY, ROUTES, SERVICES, Routes
from shared.edge import _template

ID = "0198c0de-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/customers", "customers"),
        (f"/customers/{ID}", "customers"),
        (f"/customers/{ID}/lines", "customers"),
        (f"/customers/{ID}/overview", GATEWAY),
        (f"/customers/{ID}/statement/movements", "billing"),
        ("/statement", "billing"),
        ("/organizations/current", "customers"),
        (f"/lines/{ID}/holds", "customers"),
        (f"/lines/{ID}/collections-status", "collections"),
        (f"/customers/{ID}/reminders", "collections"),
        (f"/customers/{ID}/reminders/read-all", "collections"),
        ("/collections/policy", "collections"),
        ("/invoices/summary", "billing"),
        (f"/customers/{ID}/billing-account", "billing"),
        ("/categories", "billing"),
        (f"/credit-notes/{ID}", "billing"),
        ("/write-offs", "billing"),
        ("/deliveries", "billing"),
        (f"/late-fee-rules/{ID}", "billing"),
        (f"/plans/{ID}/prices/2026-11-01", "billing"),
        (f"/subscriptions/{ID}/pause", "billing"),
        ("/bill-runs/preview", "billing"),
        ("/payments", "payments"),
        ("/payment-intents", "payments"),
        ("/processors", "payments"),
        (f"/webhooks/stripe/{ID}", "payments"),
        (f"/webhooks/local/{ID}", "payments"),
        (f"/webhooks/events/{ID}/replay", "payments"),
        ("/receivables", "payments"),
        ("/credits", "payments"),
        ("/deposit-accounts/transfers", "payments"),
        ("/journal/export", "payments"),
        (f"/imports/{ID}/events", "ingestion"),
        ("/auth/login", GATEWAY),
        ("/users", GATEWAY),
        ("/dashboard", GATEWAY),
        ("/health", GATEWAY),
    ],
)
def test_each_public_path_has_one_service(path: str, service: str) -> None:
    target = Routes().resolve(path)

    assert target is not None
    assert (target.service, target.path) == (service, path)


@pytest.mark.parametrize("service", SERVICES)
def test_administration_of_a_service_is_below_its_name(service: str) -> None:
    target = Routes().resolve(f"/admin/{service}/dead-letters/7")

    assert target is not None
    assert (target.service, target.path) == (service, "/admin/dead-letters/7")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nothing",
        "/metrics",
        "/admin",
        "/admin/gateway/outbox",
        "/admin/outbox",
        "/customersx",
        "/customers/",
        "/customers//lines",
        "/customers/../metrics",
        "/customers/./x",
        "/customers/%2e%2e/metrics",
        "/customers/.%2E/metrics",
        "/admin/customers/../../metrics",
        "/docs",
    ],
)
def test_what_is_not_in_the_table_does_not_exist(path: str) -> None:
    assert Routes().resolve(path) is None


def test_every_line_of_the_table_can_be_reached() -> None:
    routes = Routes()

    for route in ROUTES:
        target = routes.resolve(route.pattern.replace("*", ID))
        assert target is not None
        assert target.route is route


def test_a_request_is_measured_under_the_route_that_answers_it() -> None:
    found = Routes().resolve("/invoices/7/pdf")
    assert found is not None

    assert _template({"route": found.route}) == "/api/v1/invoices/..."
