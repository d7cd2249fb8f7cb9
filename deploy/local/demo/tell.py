"""The demo's narrator: says what it is about to do, does it, shows what came of it."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.local.demo import chapters, dunning, money
from deploy.local.demo.client import Api
from deploy.local.stack import AlreadyRuns, Stack, running_stack
from deploy.local.state import ROOT
from deploy.verify import verify_over_http
from shared.trace import read, render

FAST_ENOUGH_MS: Final = 1000.0
SHOWN_ERRORS: Final = 5


class Narrator:
    """Prints the story and keeps the figures for its end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.figures: list[tuple[str, str]] = []
        self.failures: list[str] = []
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """A new chapter."""
        self._chapter += 1
        self.console.print()
        self.console.rule(f"[bold]{self._chapter}. {title}", align="left")

    def say(self, text: str) -> None:
        """A sentence."""
        self.console.print(text, highlight=False)

    def note(self, name: str, value: object) -> None:
        """A figure for the summary."""
        self.figures.append((name, str(value)))

    def expect(self, holds: bool, otherwise: str) -> None:
        """The demo fails, at its end, when something it promises did not happen."""
        if not holds:
            self.failures.append(otherwise)
            self.say(f"[bold red]not as promised:[/] {otherwise}")

    @contextmanager
    def bar(self, title: str, total: float) -> Iterator["Bar"]:
        """A progress bar."""
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}"))
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            yield Bar(progress, progress.add_task(title, total=total, text=""))


class Bar:
    """One line of progress."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress = progress
        self._task = task

    def at(self, done: float, text: str) -> None:
        """Show how far it is."""
        self._progress.update(self._task, completed=done, text=text)


async def tell(narrator: Narrator) -> None:
    """The whole story."""
    began = time.monotonic()
    narrator.chapter("Start a private PostgreSQL, a private RabbitMQ and eleven processes")
    async with running_stack(
        "run", on_step=lambda step: narrator.say(f"  starting {step} ...")
    ) as stack:
        narrator.say(f"  everything is ready after {time.monotonic() - began:.0f} s")
        narrator.say(f"  gateway and console: [bold]{stack.gateway_url}[/]")
        async with Api(stack.gateway_url) as platform, Api(stack.gateway_url) as api:
            await platform.log_in(stack.admin_email, stack.admin_password)
            organization = await _found(narrator, platform, api)
            content = await chapters.portfolio_file(organization.today)
            await _import(narrator, api, content)
            await _fall_due(narrator, api, organization)
            await _explain(narrator, api)
            await _pay(narrator, api, stack)
            await _pay_by_card(narrator, api)
            await _put_right(narrator, api)
            await _close_month(narrator, api, organization)
            await _decide(narrator, api, organization)
            await _same_file_again(narrator, api, content)
        await _verify(narrator, stack)
    narrator.note("time in all", f"{time.monotonic() - began:.0f} s")
    _conclude(narrator, organization)


async def _found(narrator: Narrator, platform: Api, api: Api) -> chapters.Organization:
    narrator.chapter("An operator signs up")
    organization = await chapters.found_organization(platform)
    await api.log_in(organization.clerk_email, organization.clerk_password)
    narrator.say(
        f"  {organization.name}: Ecuador, USD, America/Guayaquil; a sandbox with a clock to move"
    )
    narrator.say(f"  its administrator {organization.clerk_email} has logged in")
    return organization


async def _import(narrator: Narrator, api: Api, content: bytes) -> None:
    narrator.chapter(f"Take in a portfolio of {chapters.CUSTOMERS} customers with lines and debts")
    began = time.monotonic()
    with narrator.bar("  importing", 100) as bar:
        job = await chapters.import_file(
            api, content, lambda job: bar.at(job["progress_percent"], f"{job['rows']} rows")
        )
    seconds = time.monotonic() - began
    customers, invoices = job["customers"]["created"], job["invoices"]["created"]
    narrator.say(
        f"  {job['rows']} rows in {seconds:.1f} s: {customers} customers and"
        f" {invoices} open debts created, {job['rows_refused']} rows refused"
    )
    errors = await api.all(f"/imports/{job['id']}/errors")
    table = Table("line", "column", "what is wrong", box=None, padding=(0, 2), title_justify="left")
    for error in errors[:SHOWN_ERRORS]:
        table.add_row(str(error["line"]), error["column"] or "", error["message"])
    narrator.console.print(table)
    narrator.say(f"  ... {len(errors)} in all, downloadable as CSV; nothing is skipped silently")
    narrator.expect(job["status"] == "finished", f"the import ended as {job['status']}")
    narrator.expect(
        job["rows_refused"] == chapters.BAD_ROWS,
        f"{job['rows_refused']} rows were refused instead of {chapters.BAD_ROWS}",
    )
    narrator.note("rows imported", f"{job['rows_accepted']} ({job['rows'] / seconds:.0f} rows/s)")
    narrator.note("rows refused, each with line and column", job["rows_refused"])


async def _fall_due(narrator: Narrator, api: Api, organization: chapters.Organization) -> None:
    narrator.chapter(f"{chapters.DAYS_PAST} days pass; the due dates with them")
    before = await api.get("/collections/summary")
    today = await chapters.move_clock(api, organization)
    narrator.say(
        f"  it is {today} in {organization.name}; lines suspended before: "
        f"{before['suspended_lines']}"
    )
    began = time.monotonic()
    with narrator.bar("  suspending", chapters.CUSTOMERS) as bar:
        summary = await chapters.wait_for_suspensions(
            api, lambda s: bar.at(s["suspended_lines"], f"{s['suspended_lines']} lines")
        )
    seconds = time.monotonic() - began - chapters.SETTLED_AFTER_SECONDS
    narrator.say(
        f"  {summary['suspended_lines']} lines suspended in {seconds:.1f} s, each by a decision"
    )
    narrator.expect(summary["suspended_lines"] > 0, "no line was suspended")
    narrator.note("lines suspended", summary["suspended_lines"])


async def _explain(narrator: Narrator, api: Api) -> None:
    narrator.chapter("Why was this line cut off?")
    status, decision = await chapters.explain_one(api)
    narrator.say(f"  line {status['line_id']} is [bold]{status['status']}[/]: {status['why']}")
    table = Table("condition", "found", "required", "holds", box=None, padding=(0, 2))
    for condition in decision["conditions"]:
        held = "yes" if condition["holds"] else "no"
        table.add_row(condition["name"], condition["found"], condition["required"], held)
    narrator.console.print(table)
    narrator.say(
        f"  decision {decision['id']} on {decision['today']}, policy version"
        f" {decision['policy']['version']}, caused by {decision['cause']['type']}"
    )


async def _pay(narrator: Narrator, api: Api, stack: Stack) -> None:
    narrator.chapter("Payments arrive; lines come back")
    with narrator.bar("  paying", chapters.PAYMENTS) as bar:
        done: list[chapters.Restored] = []

        def progress(restored: chapters.Restored) -> None:
            done.append(restored)
            bar.at(len(done), f"{restored.to_active_ms:.0f} ms")

        paid = await chapters.pay_some(api, progress)
    times = paid.milliseconds
    narrator.expect(len(times) == chapters.PAYMENTS, f"only {len(times)} lines could be paid for")
    if paid.overpayment:
        narrator.say(f"  too much money is refused: {paid.overpayment['detail']}")
    if not times:
        return
    middle, worst = times[len(times) // 2], times[-1]
    narrator.say(
        f"  {len(times)} payments; from the payment's answer to the line being active, seen from"
        f" outside: median [bold]{middle:.0f} ms[/], slowest {worst:.0f} ms"
    )
    narrator.expect(middle < FAST_ENOUGH_MS, f"reactivation took {middle:.0f} ms")
    narrator.note("payment to reactivation, median", f"{middle:.0f} ms")
    narrator.note("payment to reactivation, slowest", f"{worst:.0f} ms")
    await asyncio.sleep(1.0)  # spans are written in the background
    narrator.say("  the trace of the last one through every hop:")
    for line in render(read(stack.trace_file), paid.restored[-1].trace_id):
        narrator.say(line)


async def _pay_by_card(narrator: Narrator, api: Api) -> None:
    narrator.chapter("A card pays, by way of a processor and its webhook")
    paid = await money.pay_by_card(api)
    narrator.say(
        f"  {paid.amount['amount']} {paid.amount['currency']} confirmed at the local test"
        f" processor; its line was back {paid.to_active_ms:.0f} ms after the card was presented"
    )
    narrator.expect(paid.to_active_ms < 10 * FAST_ENOUGH_MS, "the card brought no line back")
    narrator.note("card presented to reactivation", f"{paid.to_active_ms:.0f} ms")


async def _put_right(narrator: Narrator, api: Api) -> None:
    narrator.chapter("A slip is put right without touching the invoice")
    made = await money.put_right(api)
    narrator.say(
        f"  credit note {made.note} for {made.credited['amount']} of the paid invoice"
        f" {made.number}; the money is the customer's credit now: {made.credit['amount']}"
    )
    narrator.expect(made.credit["amount"] == made.credited["amount"], "the credit did not arrive")


async def _close_month(narrator: Narrator, api: Api, organization: chapters.Organization) -> None:
    narrator.chapter("Month end: subscribe the lines to plans, preview, bill")
    with narrator.bar("  billing", 100) as bar:
        closed = await money.close_month(
            api,
            organization.today,
            lambda run: bar.at(
                100 * run["examined"] / max(run["expected"], 1), f"{run['invoices']} invoices"
            ),
        )
    preview, run = closed.preview, closed.run
    narrator.say(
        f"  {closed.plans} plans, {closed.subscribed} lines subscribed; the preview promised"
        f" {preview['invoices']} invoices of {preview['total']['amount']} in all"
    )
    narrator.say(
        f"  {run['invoices']} invoices of {run['total']['amount']} in all were issued in"
        f" {closed.seconds:.1f} s; suspended lines are skipped, as their plans say; the same run"
        f" again issues {closed.again['invoices']}"
    )
    narrator.expect(run["invoices"] > 0, "the bill run issued nothing")
    promised = preview["invoices"], preview["total"]["amount"]
    narrator.expect(
        promised == (run["invoices"], run["total"]["amount"]), "the preview promised otherwise"
    )
    narrator.expect(closed.again["invoices"] == 0, "the second run billed something")
    narrator.note(
        "invoices billed", f"{run['invoices']} ({run['invoices'] / closed.seconds:.0f}/s)"
    )


async def _decide(narrator: Narrator, api: Api, organization: chapters.Organization) -> None:
    narrator.chapter("Collections: why, what if, a promise, the figures")
    page = await api.get("/lines", status="suspended", limit=1)
    line = page["items"][0]
    for language in ("en", "es"):
        told = await dunning.why(api, line["id"], language)
        narrator.say(f"  {language}: {told['summary']} {told['what_would_change_it']}")
    imagined = await dunning.what_if(api, organization.today)
    narrator.expect(imagined["status"] == "finished", f"the what-if is {imagined['status']}")
    table = Table("step", "as it was", "with two weeks of grace", box=None, padding=(0, 2))
    for row in imagined["summary"] or ():
        table.add_row(row["kind"], str(row["did"]), str(row["would"]))
    narrator.console.print(table)
    promised = await dunning.promise(api, organization.today)
    narrator.say(
        f"  {promised.case['customer_name']} promises {promised.amount['amount']} by"
        f" {promised.until}: the case pauses until then"
    )
    statement, pdf = await money.state(api, promised.case["customer_id"])
    narrator.say(
        f"  the statement of {statement['customer_name']}: {statement['movement_count']} movements,"
        f" closing {statement['closing']['amount']}; printed to {pdf.relative_to(ROOT)}"
    )
    dashboard, ageing = await dunning.figures(api)
    narrator.say(
        f"  outstanding {dashboard['outstanding']['amount']}, of it"
        f" {dashboard['overdue']['amount']} overdue; collected"
        f" {dashboard['collected']['amount']}"
    )
    narrator.note("outstanding, by the figures", dashboard["outstanding"]["amount"])
    narrator.expect(bool(ageing), "there is no ageing")


async def _same_file_again(narrator: Narrator, api: Api, content: bytes) -> None:
    narrator.chapter("The same file once more")
    job = await chapters.import_file(api, content, lambda _: None)
    created = job["customers"]["created"] + job["invoices"]["created"]
    narrator.say(
        f"  {job['rows']} rows, {created} things created: taking a file twice changes nothing"
    )
    narrator.expect(created == 0, f"the second import created {created} things")


async def _verify(narrator: Narrator, stack: Stack) -> None:
    narrator.chapter("Do the books of the five services agree?")
    problems = await verify_over_http(stack.gateway_url, stack.admin_email, stack.admin_password)
    kinds = Counter(problem.partition(":")[0] for problem in problems)
    narrator.say("  every invoice, receivable, debt, hold and order: compared row by row")
    narrator.expect(not problems, f"{len(problems)} differences: {dict(kinds)}")
    narrator.note("differences between the books", len(problems))


def _conclude(narrator: Narrator, organization: chapters.Organization) -> None:
    table = Table(title="What happened", title_justify="left", show_header=False)
    for name, value in narrator.figures:
        table.add_row(name, value)
    narrator.console.print()
    narrator.console.print(table)
    narrator.console.print(
        Panel.fit(
            f"`make run` keeps everything up; log in to the console as {organization.clerk_email}"
            f"\nwith password {organization.clerk_password} to look around in this organization.",
            title="and now",
        )
    )


def main() -> None:
    """Tell the story; exit code 0 when everything it promises happened."""
    narrator = Narrator(Console(width=140))
    try:
        asyncio.run(tell(narrator))
    except AlreadyRuns as error:
        sys.exit(f"{error}; stop it with `make down` and try again")
    if narrator.failures:
        sys.exit(1)
