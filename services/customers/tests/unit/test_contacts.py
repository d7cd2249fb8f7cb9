"""E-mail addresses and telephone numbers, in the one spelling that is stored."""

import phonenumbers
import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from services.customers.customers import contacts
from services.customers.customers.contacts import ContactInvalid


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ana.Perez@Example.COM", "ana.perez@example.com"),
        ("  ana@example.com ", "ana@example.com"),
        ("o'hara+x@sub.example.museum", "o'hara+x@sub.example.museum"),
        ("josé@example.com", "josé@example.com"),
        ("a@bücher.example", "a@bücher.example"),
    ],
)
def test_an_address_is_stored_in_lower_case(written: str, stored: str) -> None:
    assert contacts.email(written) == stored
    assert contacts.email(stored) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ana",
        "ana@",
        "ana@example",
        ".ana@example.com",
        "ana..p@example.com",
        "ana.@example.com",
        "ana@-example.com",
        "ana@example..com",
        "ana@xn--a.com",
        "ana@example.local",
        "a b@example.com",
        f"ana@{'a' * 64}.com",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ContactInvalid):
        contacts.email(written)


@settings(max_examples=60)
@given(
    st.from_regex(
        r"[a-z0-9_.+-]{1,12}@[a-z0-9-]{1,8}(\.[a-z0-9-]{1,8}){0,2}\.(com|ec|test|local|qq)",
        fullmatch=True,
    )
)
def test_what_is_recognised_at_a_glance_is_what_the_long_way_says(text: str) -> None:
    if contacts.EVERYDAY_EMAIL.fullmatch(text) and "--" not in text:
        assert validate_email(text, check_deliverability=False).normalized == text


@pytest.mark.parametrize(
    ("country", "written", "stored"),
    [
        ("EC", "0991234567", "+593991234567"),
        ("EC", "099 123 4567", "+593991234567"),
        ("EC", "+593 99-123-4567", "+593991234567"),
        ("EC", "(02) 245-6789", "+59322456789"),
        ("EC", "+57 300 1234567", "+573001234567"),
        ("CO", "300 123 4567", "+573001234567"),
        ("BR", "(11) 91234-5678", "+5511912345678"),
        ("US", "(201) 555-0123", "+12015550123"),
        ("GB", "+12015550123", "+12015550123"),
    ],
)
def test_a_number_is_read_as_dialled_in_the_country(
    country: str, written: str, stored: str
) -> None:
    assert contacts.phone(written, country) == stored
    assert contacts.phone(stored, country) == stored


@pytest.mark.parametrize(
    "written", ["", "123", "call me", "0591234567890", "+593123", "99912345678"]
)
def test_what_is_no_number_in_use_is_refused(written: str) -> None:
    with pytest.raises(ContactInvalid):
        contacts.phone(written, "EC")


@settings(max_examples=100)
@given(st.sampled_from(["EC", "CO", "BR", "PE", "CL", "AR", "MX", "ES", "US"]), st.data())
def test_a_number_recognised_at_a_glance_is_valid_as_it_stands(
    country: str, data: st.DataObject
) -> None:
    code = phonenumbers.country_code_for_region(country)
    text = data.draw(st.from_regex(rf"\+{code}[0-9]{{6,11}}", fullmatch=True))
    if contacts._everyday_phone(country).fullmatch(text):
        number = phonenumbers.parse(text, country)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == text
