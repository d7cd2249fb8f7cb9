"""Problems: one class per rule, rendered as RFC 9457 says, documented where they occur."""

import json
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from uuid import UUID

from shared.edge import problem_response
from shared.problems import (
    Conflict,
    Forbidden,
    NotFound,
    Problem,
    Unauthorized,
    Unavailable,
    ValidationFailed,
    problem_docs,
)

ID = UUID("01890000-0000-7000-8000-000000000001")


class InvoiceSettled(Problem):
    """The invoice owes nothing."""

    status = HTTPStatus.CONFLICT
    slug = "invoice-settled"
    title = "Invoice is settled"

    def __init__(self, invoice_id: UUID, settled_on: date) -> None:
        super().__init__(f"Settled on {settled_on}.", invoice_id=invoice_id, settled_on=settled_on)


def test_a_problem_is_rendered_with_its_facts_as_members() -> None:
    response = problem_response(InvoiceSettled(ID, date(2026, 8, 10)))

    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(bytes(response.body)) == {
        "type": "https://duesline.dev/problems/invoice-settled",
        "title": "Invoice is settled",
        "status": 409,
        "detail": "Settled on 2026-08-10.",
        "invoice_id": str(ID),
        "settled_on": "2026-08-10",
    }


def test_facts_of_any_kind_can_be_shown() -> None:
    problem = Conflict("no", amount=Decimal("1.10"), set={1}, thing=object(), text="\ud800")

    body = json.loads(bytes(problem_response(problem).body))

    assert body["amount"] == "1.10"
    assert body["thing"].startswith("<object")


def test_a_fact_cannot_hide_what_the_rfc_names() -> None:
    assert Conflict("no", status=200, type="x").body()["status"] == 409


def test_headers_belong_to_the_problem() -> None:
    assert problem_response(Unavailable("db", retry_after=7)).headers["retry-after"] == "7"
    assert "Bearer" in problem_response(Unauthorized()).headers["www-authenticate"]


def test_validation_errors_lead_with_the_first_message() -> None:
    problem = ValidationFailed.of("too long", "body", "name")

    assert problem.detail == "too long"
    assert problem.body()["errors"] == [
        {"loc": ["body", "name"], "msg": "too long", "type": "value_error"}
    ]


def test_documents_group_the_rules_of_one_status() -> None:
    documents = problem_docs(NotFound, InvoiceSettled, Conflict, Forbidden)

    assert sorted(documents) == [403, 404, 409]
    media = documents[409]["content"]["application/problem+json"]
    assert sorted(media["examples"]) == ["conflict", "invoice-settled"]
    assert documents[409]["description"].count("; or ") == 1
    assert media["examples"]["invoice-settled"]["value"] == {
        "type": "https://duesline.dev/problems/invoice-settled",
        "title": "Invoice is settled",
        "status": 409,
        "detail": "The invoice owes nothing.",
    }
