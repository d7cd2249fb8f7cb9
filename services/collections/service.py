"""The collections service as data."""

from typing import Final

from services.collections.agenda.timers import keep_agenda
from services.collections.agreements import handlers as agreement_handlers
from services.collections.agreements.timers import judge_agreements
from services.collections.analytics import api as analytics
from services.collections.assignments import api as assignments
from services.collections.books import BOOKS, INVARIANTS
from services.collections.cases import api as cases
from services.collections.cases.books import CASE_INVARIANTS
from services.collections.clock import handlers as clock_handlers
from services.collections.clock.timers import assess_due
from services.collections.collectors import api as collectors
from services.collections.contacts import api as contacts
from services.collections.decisions import api as decisions
from services.collections.deliveries.timers import deliver_reminders
from services.collections.disputes import api as disputes
from services.collections.enforcement import handlers as enforcement
from services.collections.enforcement.handlers import (
    CUSTOMER_EVENTS,
    DEBT_EVENTS,
    LINE_EVENTS,
    project_debts,
    project_services,
)
from services.collections.exemptions import api as exemptions
from services.collections.exports import api as exports
from services.collections.exports.timers import make_exports
from services.collections.offers import api as offers
from services.collections.openings import api as openings
from services.collections.pauses import handlers as pause_handlers
from services.collections.pausing import api as pausing
from services.collections.plans import api as plans
from services.collections.policies import api as policies
from services.collections.policies import drafts_api as policy_drafts
from services.collections.policies import handlers as policy_handlers
from services.collections.promises import api as promises
from services.collections.proof.inspections import INSPECTIONS
from services.collections.queue import api as queue
from services.collections.receipts import handlers as receipts
from services.collections.receipts.handlers import (
    ALLOCATION_EVENTS,
    RECEIPT_EVENTS,
    project_receipts,
)
from services.collections.reminders import api as reminders
from services.collections.reminders import handlers as reminder_handlers
from services.collections.reminders.timers import remind_due
from services.collections.runs import api as runs
from services.collections.runs import handlers as run_handlers
from services.collections.runs.timers import execute_runs
from services.collections.safety import api as safety
from services.collections.status import api as status
from services.collections.texts import api as texts
from services.collections.timeline import api as timeline
from services.collections.timeline import handlers as timeline_handlers
from services.collections.whatif import api as what_ifs
from services.collections.whatif.timers import run_what_ifs
from services.collections.why import api as why
from shared import tenancy
from shared.bus.rebuild import Projection
from shared.contracts.customers import CustomersImported
from shared.runtime import Service

SERVICE: Final = Service(
    name="collections",
    routers=(
        policy_drafts.router,
        policies.router,
        decisions.router,
        runs.router,
        status.router,
        cases.router,
        openings.router,
        assignments.router,
        timeline.router,
        collectors.router,
        contacts.router,
        queue.router,
        promises.router,
        plans.router,
        offers.router,
        disputes.router,
        pausing.router,
        exemptions.router,
        safety.router,
        why.router,
        what_ifs.router,
        reminders.router,
        texts.router,
        analytics.router,
        exports.router,
    ),
    handlers=(
        tenancy,
        policy_handlers,
        clock_handlers,
        timeline_handlers,
        enforcement,
        agreement_handlers,
        pause_handlers,
        run_handlers,
        reminder_handlers,
        receipts,
    ),
    timers=(
        assess_due,
        keep_agenda,
        execute_runs,
        judge_agreements,
        run_what_ifs,
        remind_due,
        deliver_reminders,
        make_exports,
    ),
    projections=(
        Projection(
            name="services",
            tables=("customer", "line"),
            types=(*CUSTOMER_EVENTS, *LINE_EVENTS, CustomersImported),
            apply=project_services,
        ),
        Projection(
            name="debts", tables=("debt", "debt_change"), types=DEBT_EVENTS, apply=project_debts
        ),
        Projection(
            name="receipts",
            tables=("money_movement", "allocation"),
            types=(*RECEIPT_EVENTS, *ALLOCATION_EVENTS),
            apply=project_receipts,
        ),
    ),
    books=BOOKS,
    invariants=(*INVARIANTS, *CASE_INVARIANTS),
    inspections=INSPECTIONS,
)
