"""Portfolio files that look real, for demos, benchmarks and tests.

The same arguments always give the same file, byte for byte. Every good row is valid for
all services (ids with check digits, telephone numbers that could exist, e-mail addresses
at example.com); every bad row is refused by one of them, for a reason of its own, and
belongs to a customer that no good row names.

    python -m services.ingestion.portfolio --customers 2000 --country EC --bad 20 > file.csv
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Final, TextIO

from services.ingestion.imports.columns import COLUMNS, DESCRIPTION
from shared import clock


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST: Final = _names(
    "María José Luis Ana Carlos Rosa Jorge Carmen Ángel Lucía Diego Sofía Andrés Gabriela"
    " Fernando Verónica Íñigo Paola Héctor Mónica Raúl Belén Iván Ximena Óscar Noemí"
)
LAST: Final = _names(
    "García Pérez Rodríguez Sánchez Vera Mendoza Zambrano Cedeño Chávez Muñoz Guamán Quispe"
    " Núñez Peña Ordóñez Yépez Álvarez Ñañez Suárez Castro Ibáñez Rojas Mejía Ponce"
)
FIRMS: Final = ("Panadería", "Ferretería", "Farmacia", "Taller", "Colegio", "Hostal", "Mercado")
WRITTEN: Final = tuple(name for name in COLUMNS if name not in (*DESCRIPTION, "essential"))
COUNTED: Final = [
    WRITTEN.index(name) for name in ("customer_ref", "line_number", "debt_ref", "amount", "due_on")
]
OVERDUE_SHARE: Final = 0.15
BREAKS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Country:
    """What differs between countries: telephone numbers, plans and their prices in cents."""

    mobile_prefix: str
    mobile_digits: int
    plans: tuple[tuple[str, int], ...]
    tax_percent: int


COUNTRIES: Final = {
    "EC": Country(
        "+59399",
        7,
        (("Fibra 100", 1850), ("Fibra 300", 2500), ("Fibra 600", 3590), ("Fibra 1000", 4990)),
        15,
    ),
    "CO": Country("+57300", 7, (("Fibra 200", 6500000), ("Fibra 500", 9490000)), 19),
    "PE": Country("+51987", 6, (("Fibra 200", 7990), ("Fibra 400", 10990)), 18),
}


@dataclass(slots=True)
class Summary:
    """What a file holds; complete once its rows have been taken."""

    rows: int = 0
    bad: int = 0
    customers: int = 0
    lines: int = 0
    debts: int = 0
    debt_minor: int = 0
    overdue_debts: int = 0


def cedula(serial: int) -> str:
    """The Ecuadorian identity number of a serial; 144 million different ones."""
    province, rest = divmod(serial % 144_000_000, 6_000_000)
    digits = [int(digit) for digit in f"{province + 1:02d}{rest:07d}"]
    doubled = (digit * 2 for digit in digits[::2])
    total = sum(d - 9 if d > 9 else d for d in doubled) + sum(digits[1::2])
    return "".join(map(str, [*digits, -total % 10]))


def national_id(country: str, serial: int) -> str:
    """A valid identity number of the country, different for each serial."""
    match country:
        case "EC":
            return cedula(serial * 7_919_231)
        case "CO":
            return str(1_000_000_000 + serial * 7_919_231 % 100_000_000)
        case _:
            return f"{serial * 7_919_231 % 100_000_000:08d}"


@dataclass(slots=True)
class Portfolio:
    """A file of customers, their lines and open debts as of `today`.

    Ends after `customers` customers, or after exactly `rows` good rows; `bad` further rows
    are spread among them.
    """

    customers: int = 2000
    rows: int | None = None
    seed: int = 7
    country: str = "EC"
    bad: int = 0
    today: date = field(default_factory=lambda: clock.now().date())
    summary: Summary = field(default_factory=Summary)
    _last: tuple[str, str] = field(default=("", ""), init=False, repr=False)

    def write(self, out: TextIO, *, delimiter: str = ",") -> Summary:
        """Write the whole file; what it holds."""
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow(WRITTEN)
        writer.writerows(self)
        return self.summary

    def __iter__(self) -> Iterator[list[str]]:
        self.summary, self._last = Summary(), ("", "")
        spread = Random(self.seed)
        expected = self.rows or self.customers
        before = sorted(spread.randrange(expected) for _ in range(self.bad))
        bad = self._bad_rows()
        for at, row in enumerate(self._good_rows()):
            while before and before[0] <= at:
                del before[0]
                yield next(bad)
            self._count(row)
            yield row
        for _ in before:
            yield next(bad)

    def _count(self, row: list[str]) -> None:
        """Add a good row to the summary; the rows of a line follow each other."""
        ref, number, debt_ref, amount, due_on = (row[at] for at in COUNTED)
        summary = self.summary
        summary.rows += 1
        summary.customers += ref != self._last[0]
        summary.lines += (ref, number) != self._last
        self._last = ref, number
        if debt_ref:
            summary.debts += 1
            summary.debt_minor += int(amount.replace(".", ""))
            summary.overdue_debts += date.fromisoformat(due_on) < self.today

    def _good_rows(self) -> Iterator[list[str]]:
        random = Random(self.seed + 1)
        for index in count(1):
            if self.rows is None and index > self.customers:
                return
            person = self._customer(random, f"C-{index:06d}", index)
            for number in range(1, 3 if random.random() < 0.2 else 2):
                for row in self._line(random, person, number):
                    if self.summary.rows == self.rows:
                        return
                    yield row

    def _customer(self, random: Random, ref: str, serial: int) -> list[str]:
        first, last, other = random.choice(FIRST), random.choice(LAST), random.choice(LAST)
        name = f"{first} {last} {other}"
        if random.random() < 0.05:
            name = f"{random.choice(FIRMS)} {last}, {other} e Hijos"
        country = COUNTRIES[self.country]
        subscriber = str(random.randrange(10**country.mobile_digits)).zfill(country.mobile_digits)
        return [
            ref,
            name,
            national_id(self.country, serial),
            f"{ref.lower()}@example.com" if random.random() < 0.8 else "",
            country.mobile_prefix + subscriber,
        ]

    def _line(self, random: Random, person: list[str], number: int) -> Iterator[list[str]]:
        plan, price = random.choice(COUNTRIES[self.country].plans)
        installed_on = self.today - timedelta(days=random.randrange(60, 2000))
        line = [str(number), plan, _decimal(price), installed_on.isoformat(), "active"]
        chance = random.random()
        debts = 0 if chance < 0.1 else 1 if chance < 0.9 else 2 if chance < 0.98 else 3
        for nth in range(debts):
            late = random.random() < OVERDUE_SHARE or nth > 0
            days = -random.randrange(1, 60) if late else random.randrange(1, 30)
            due_on = self.today + timedelta(days=days)
            yield [
                *person,
                *line,
                *self._debt(random, f"{person[0]}-{number}-{nth}", price, due_on),
            ]
        if not debts:
            yield [*person, *line, "", "", "", "", ""]

    def _debt(self, random: Random, ref: str, price: int, due_on: date) -> list[str]:
        amount = price + price * COUNTRIES[self.country].tax_percent // 100
        description = f"Internet {due_on:%m/%Y}"
        if random.random() < BREAKS:
            description = f'{description}, "with extras"\nas agreed'
        issued_on = due_on - timedelta(days=15)
        return [
            f"F-{ref}",
            _decimal(amount),
            issued_on.isoformat(),
            due_on.isoformat(),
            description,
        ]

    def _bad_rows(self) -> Iterator[list[str]]:
        random = Random(self.seed + 2)
        for serial in count(1):
            ref = f"X-{serial:06d}"
            person = self._customer(random, ref, 50_000_000 + serial)
            plan, price = COUNTRIES[self.country].plans[0]
            line = ["1", plan, _decimal(price), "2026-01-15", "active"]
            due_on = self.today + timedelta(days=9)
            debt = [f"F-{ref}", _decimal(price), "", due_on.isoformat(), "bad row"]
            self.summary.bad += 1
            yield spoiled([*person, *line, *debt], serial, self.country)


def spoiled(row: list[str], kind: int, country: str) -> list[str]:
    """The row with one fault of the given kind; kinds repeat after all have been used."""
    faults: list[tuple[str, str]] = [
        ("customer_name", ""),
        ("due_on", "31/12/2026"),
        ("amount", "-5.00"),
        ("amount", "N/A"),
        ("line_number", "uno"),
        ("email", "maria(at)example.com"),
        ("due_on", ""),
        ("line_status", "suspended"),
        ("debt_ref", ""),
        ("issued_on", "2199-01-01"),
        ("plan_price", "1,000.00"),
        ("installed_on", "2026-02-30"),
        ("customer_ref", ""),
    ]
    if country == "EC":  # only the customers service knows check digits
        at = WRITTEN.index("national_id")
        faults.append(("national_id", row[at][:-1] + str((int(row[at][-1]) + 1) % 10)))
    chosen = kind % (len(faults) + 1)
    if chosen == len(faults):
        return row[:9]
    column, text = faults[chosen]
    return [text if name == column else cell for name, cell in zip(WRITTEN, row, strict=True)]


def _decimal(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def main(arguments: list[str] | None = None) -> None:
    """Write a file to standard output, and what it holds to standard error."""
    parser = argparse.ArgumentParser(description="Generate a portfolio file.")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--rows", type=int, help="good rows, instead of a number of customers")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--country", choices=sorted(COUNTRIES), default="EC")
    parser.add_argument("--bad", type=int, default=0, help="further rows that will be refused")
    parser.add_argument("--today", type=date.fromisoformat, default=clock.now().date())
    parser.add_argument("--delimiter", choices=[",", ";"], default=",")
    given = vars(parser.parse_args(arguments))
    delimiter = given.pop("delimiter")
    summary = Portfolio(**given).write(sys.stdout, delimiter=delimiter)
    sys.stderr.write(f"{summary}\n")


if __name__ == "__main__":
    main()
