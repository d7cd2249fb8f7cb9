"""Generated portfolios: the same every time, good where they should be, bad where they say."""

import csv
import io
from collections import Counter
from datetime import date

import phonenumbers
import pytest
from email_validator import validate_email
from stdnum.ec import ci

from services.ingestion.files.records import RecordReader
from services.ingestion.imports.columns import Layout
from services.ingestion.imports.rules import RowCheck, RowFacts
from services.ingestion.portfolio import COUNTRIES, WRITTEN, Portfolio, cedula, main, national_id
from shared.money import Money

TODAY = date(2026, 11, 21)


def text_of(portfolio: Portfolio, delimiter: str = ",") -> str:
    out = io.StringIO()
    portfolio.write(out, delimiter=delimiter)
    return out.getvalue()


def test_the_same_arguments_give_the_same_file() -> None:
    first = text_of(Portfolio(customers=300, bad=9, today=TODAY))
    assert text_of(Portfolio(customers=300, bad=9, today=TODAY)) == first
    assert text_of(Portfolio(customers=300, bad=9, seed=8, today=TODAY)) != first


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("bad", [0, 1, 40])
def test_exactly_the_bad_rows_are_refused(country: str, bad: int) -> None:
    portfolio = Portfolio(customers=400, country=country, bad=bad, today=TODAY)
    reader = RecordReader()
    reader.feed(text_of(portfolio).encode())
    reader.close()
    header, *records = reader.read(100_000)
    check = RowCheck(Layout(",", "\n", tuple(header.fields)), 2)
    found = [check(record.fields) for record in records]

    good = [facts for facts in found if isinstance(facts, RowFacts)]
    unknown_to_us = [f for f in good if country == "EC" and not ci.is_valid(f.national_id or "")]
    assert all(facts.ref.startswith("X-") for facts in unknown_to_us)
    assert len(found) - len(good) + len(unknown_to_us) == portfolio.summary.bad == bad
    assert len(records) == portfolio.summary.rows + bad


def test_a_number_of_rows_is_met_exactly() -> None:
    portfolio = Portfolio(rows=1234, today=TODAY)
    assert len(list(portfolio)) == portfolio.summary.rows == 1234


@pytest.mark.parametrize("limit", [None, 777, 778])
def test_the_summary_is_what_the_rows_say(limit: int | None) -> None:
    portfolio = Portfolio(customers=500, rows=limit, today=TODAY)
    rows = [dict(zip(WRITTEN, row, strict=True)) for row in portfolio]
    summary = portfolio.summary
    assert len({row["customer_ref"] for row in rows}) == summary.customers
    assert len({(row["customer_ref"], row["line_number"]) for row in rows}) == summary.lines
    debts = [row for row in rows if row["debt_ref"]]
    assert len({row["debt_ref"] for row in debts}) == len(debts) == summary.debts
    assert sum(Money.parse(row["amount"], "USD").minor for row in debts) == summary.debt_minor
    overdue = [row for row in debts if date.fromisoformat(row["due_on"]) < TODAY]
    assert len(overdue) == summary.overdue_debts
    assert 0.1 < len(overdue) / len(debts) < 0.35


def test_a_customer_is_described_alike_in_all_its_rows() -> None:
    descriptions = {tuple(row[:5]) for row in Portfolio(customers=2000, today=TODAY)}
    assert Counter(ref for ref, *_ in descriptions).most_common(1)[0][1] == 1


def test_customers_can_be_reached_and_identified() -> None:
    for row in Portfolio(customers=300, today=TODAY):
        _, _, number, email, phone, *_ = row
        assert ci.is_valid(number)
        assert not email or validate_email(email, check_deliverability=False)
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone))


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_two_customers_share_an_identity_number(country: str) -> None:
    serials = [*range(1, 50_000), *range(50_000_001, 50_000_100)]
    assert len({national_id(country, serial) for serial in serials}) == len(serials)


def test_cedulas_have_valid_check_digits() -> None:
    assert all(ci.is_valid(cedula(serial)) for serial in range(0, 144_000_000, 1_234_567))


@pytest.mark.parametrize("country", COUNTRIES)
def test_telephone_numbers_of_every_country_could_exist(country: str) -> None:
    for row in Portfolio(customers=20, country=country, today=TODAY):
        assert phonenumbers.is_valid_number(phonenumbers.parse(row[4])), row[4]


def test_the_command_writes_the_file_and_says_what_it_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--customers", "20", "--bad", "3", "--today", "2026-11-21", "--delimiter", ";"])
    written = capsys.readouterr()
    header, *rows = csv.reader(io.StringIO(written.out), delimiter=";")
    assert tuple(header) == WRITTEN
    assert "customers=20" in written.err
    assert f"rows={len(rows) - 3}, bad=3" in written.err
