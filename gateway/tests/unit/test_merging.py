"""One document out of many."""

from typing import Any

import pytest

from gateway.merging import BadReference, merge

Json = dict[str, Any]


def operation(name: str, schema: str | None = None, **more: Any) -> Json:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    answered = {"description": "", "content": content} if schema else {"description": ""}
    return {"operationId": name, "tags": ["things"], "responses": {"200": answered}, **more}


def document(paths: Json, **schemas: Json) -> Json:
    """A service's document; each has the problems, as shared.openapi makes it."""
    every = {"ProblemDetails": {"type": "object"}} | schemas
    return {"paths": paths, "components": {"schemas": every}}


def schemas_of(found: Json) -> Json:
    return {
        name: schema
        for name, schema in found["components"]["schemas"].items()
        if name != "ProblemDetails"
    }


def merged(**documents: Json) -> Json:
    own = document({"/api/v1/auth/me": {"get": operation("me")}})
    return merge({"gateway": own, **documents}, {"title": "T", "version": "1"})


def test_only_what_the_route_table_lets_through_is_public() -> None:
    found = merged(
        customers=document(
            {
                "/customers": {"get": operation("list_customers")},
                "/health/live": {"get": operation("live")},
                "/invoices": {"get": operation("not_mine")},
            }
        )
    )

    assert list(found["paths"]) == ["/api/v1/auth/me", "/api/v1/customers"]


def test_administration_is_one_path_for_all_services() -> None:
    admin = {"/admin/outbox": {"get": operation("outbox")}}
    found = merged(customers=document(admin), billing=document(admin))

    item = found["paths"]["/api/v1/admin/{service}/outbox"]
    assert item["parameters"][0]["name"] == "service"
    assert item["get"]["operationId"] == "outbox"


def test_a_name_with_two_meanings_gets_its_services_name_in_both() -> None:
    found = merged(
        billing=document({"/invoices": {"get": operation("a", "Sum")}}, Sum={"type": "object"}),
        payments=document({"/payments": {"get": operation("b", "Sum")}}, Sum={"type": "string"}),
    )

    assert set(schemas_of(found)) == {"BillingSum", "PaymentsSum"}
    answered = found["paths"]["/api/v1/invoices"]["get"]["responses"]["200"]["content"]
    assert answered["application/json"]["schema"]["$ref"].endswith("/BillingSum")


def test_a_name_that_leads_to_two_meanings_is_told_apart_too() -> None:
    page = {"properties": {"of": {"$ref": "#/components/schemas/Sum"}}}
    found = merged(
        billing=document(
            {"/invoices": {"get": operation("a", "Page")}}, Page=page, Sum={"type": "object"}
        ),
        payments=document(
            {"/payments": {"get": operation("b", "Page")}}, Page=page, Sum={"type": "string"}
        ),
    )

    schemas = schemas_of(found)
    assert set(schemas) == {"BillingPage", "BillingSum", "PaymentsPage", "PaymentsSum"}
    assert schemas["PaymentsPage"]["properties"]["of"]["$ref"].endswith("/PaymentsSum")


def test_a_name_that_means_the_same_everywhere_is_kept_once() -> None:
    same = {"type": "object", "title": "Money"}
    found = merged(
        billing=document({"/invoices": {"get": operation("a", "Money")}}, Money=same),
        payments=document({"/payments": {"get": operation("b", "Money")}}, Money=same),
    )

    assert set(schemas_of(found)) == {"Money"}


def test_what_nothing_public_leads_to_is_left_out() -> None:
    found = merged(
        billing=document({"/invoices": {"get": operation("a")}}, Unused={"type": "object"})
    )

    assert schemas_of(found) == {}


def test_what_the_gateway_answers_in_a_services_place_is_said() -> None:
    found = merged(billing=document({"/invoices": {"get": operation("a")}}))

    responses = found["paths"]["/api/v1/invoices"]["get"]["responses"]
    assert {"429", "502", "503", "504"} <= set(responses)


def test_two_operations_never_share_a_name() -> None:
    found = merged(
        billing=document({"/invoices": {"get": operation("summary")}}),
        payments=document({"/payments": {"get": operation("summary")}}),
    )

    names = [item["get"]["operationId"] for item in found["paths"].values()]
    assert sorted(names) == ["billing_summary", "me", "payments_summary"]


def test_a_schema_passed_on_is_the_services_own() -> None:
    passed = {"type": "object", "x-duesline-schema": "billing.Sum"}
    own = document(
        {"/api/v1/dashboard": {"get": operation("dashboard", "Dashboard")}},
        Dashboard={"properties": {"invoices": passed}},
    )
    billing = document({}, Sum={"type": "object"})

    found = merge({"gateway": own, "billing": billing}, {})

    schemas = schemas_of(found)
    assert schemas["Dashboard"]["properties"]["invoices"] == {"$ref": "#/components/schemas/Sum"}
    assert "Sum" in schemas


def test_a_schema_that_is_not_there_is_noticed() -> None:
    passed = {"type": "object", "x-duesline-schema": "billing.Gone"}
    own = document(
        {"/api/v1/dashboard": {"get": operation("dashboard", "Dashboard")}},
        Dashboard={"properties": {"invoices": passed}},
    )

    with pytest.raises(BadReference, match="Gone"):
        merge({"gateway": own, "billing": document({})}, {})


def test_the_same_documents_in_any_order_make_the_same_one() -> None:
    billing = document({"/invoices": {"get": operation("a", "Sum")}}, Sum={"type": "object"})
    payments = document({"/payments": {"get": operation("b", "Sum")}}, Sum={"type": "string"})

    one = merged(billing=billing, payments=payments)
    other = merged(payments=payments, billing=billing)

    assert one == other
