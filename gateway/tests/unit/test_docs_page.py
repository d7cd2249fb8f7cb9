"""The API's description as a page."""

from gateway.docs.page import render

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1", "description": "Use `it`.\n\nTwice."},
    "paths": {
        "/api/v1/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}],
            "post": {
                "operationId": "make_thing",
                "tags": ["things"],
                "description": "Make <b>one</b>.",
                "security": [{"bearer": []}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                    }
                },
                "responses": {
                    "201": {"description": "Made"},
                    "409": {
                        "content": {
                            "application/problem+json": {
                                "examples": {"taken": {"$ref": "#/components/examples/taken"}}
                            }
                        }
                    },
                },
            },
        }
    },
    "components": {
        "examples": {"taken": {"value": {"detail": "Somebody has it."}}},
        "schemas": {
            "Thing": {
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "minimum": 1},
                    "kind": {"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
            }
        },
    },
}


def test_an_operation_shows_its_parameters_body_answers_and_refusals() -> None:
    page = render(DOCUMENT)

    assert '<details id="make_thing"' in page
    assert "<code>id</code>" in page
    assert 'href="#schema-Thing"' in page
    assert "<code>taken</code></td><td>Somebody has it.</td>" in page


def test_a_description_is_text_and_never_markup() -> None:
    page = render(DOCUMENT)

    assert "<b>one</b>" not in page
    assert "Make &lt;b&gt;one&lt;/b&gt;." in page


def test_a_schema_says_types_bounds_and_choices() -> None:
    page = render(DOCUMENT)

    assert "integer ≥ 1" in page
    assert "<code>&quot;a&quot;</code> | <code>&quot;b&quot;</code> or null" in page
    assert 'list of <a href="#schema-Thing">Thing</a>' in page


def test_nothing_is_loaded_from_elsewhere_and_no_script_is_in_the_page() -> None:
    page = render(DOCUMENT)

    assert "http://" not in page.replace("https://", "http://").replace("http://www.w3", "")
    assert '<script src="/docs/page.js" defer></script>' in page
    assert page.count("<script") == 1
