"""The sentences of an explanation, in Spanish and in English."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date, format_datetime

from services.collections.decisions.rules import Condition, ConditionName
from services.collections.pauses.rules import Pause
from services.collections.policies.document import RestoreRule
from services.collections.policies.rules import Policy
from services.collections.why.rules import Payment
from shared.money import Money

LANGUAGES: Final = ("en", "es")
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "off": (
        "Suspended for non-payment: {owed}.",
        "Suspendida por falta de pago: {owed}.",
    ),
    "returning": (
        "Suspended for non-payment, and to be switched back on: nothing justifies it any more.",
        "Suspendida por falta de pago y por reactivarse: ya nada lo justifica.",
    ),
    "cutting": (
        "About to be suspended for non-payment: {owed}.",
        "Por suspenderse por falta de pago: {owed}.",
    ),
    "on": ("Not suspended for non-payment: {reason}", "No está suspendida por pago: {reason}"),
    "other_hold": (
        "Suspended for another reason than non-payment; paying does not change that.",
        "Suspendida por un motivo distinto del pago; pagar no lo cambia.",
    ),
    "not_installed": ("Not in service yet.", "Todavía no está en servicio."),
    "cancelled": ("Cancelled.", "Dada de baja."),
    "owed_1": (
        "1 invoice is overdue by {days}, {amount} in all",
        "1 factura vencida hace {days}, {amount} en total",
    ),
    "owed_n": (
        "{count} invoices are overdue, the oldest by {days}, {amount} in all",
        "{count} facturas vencidas, la más antigua hace {days}, {amount} en total",
    ),
    "day_1": ("1 day", "1 día"),
    "day_n": ("{count} days", "{count} días"),
    "and": (" and ", " y "),
    "policy_active": (
        "the policy suspends nobody at present.",
        "la política no suspende a nadie por ahora.",
    ),
    "overdue": ("nothing is overdue.", "no hay nada vencido."),
    "beyond_grace": (
        "what is overdue is within the {days} of grace.",
        "lo vencido está dentro de los {days} de gracia.",
    ),
    "minimum_debt": (
        "what counts comes to {amount}, less than the {minimum} it takes.",
        "lo que cuenta suma {amount}, menos que los {minimum} necesarios.",
    ),
    "not_paused": (
        "{amount} of it does not count for now: {reasons}.",
        "{amount} no cuentan por ahora: {reasons}.",
    ),
    "paused_promise": ("it is promised", "hay una promesa"),
    "paused_plan": ("it is in a payment plan", "hay un plan de pagos"),
    "paused_dispute": ("it is disputed", "hay un reclamo"),
    "paused_payment_in_flight": ("it is being paid", "hay un pago en curso"),
    "paused_manual": ("it is put off until {day}", "está en pausa hasta el {day}"),
    "not_exempt": ("it is exempt until {day} ({text}).", "está exenta hasta el {day} ({text})."),
    "not_essential": (
        "it is an essential line, which is never cut.",
        "es una línea esencial, que nunca se corta.",
    ),
    "has_line": (
        "there is no line that could be suspended.",
        "no hay línea que suspender.",
    ),
    "stage_day": (
        "the policy suspends when a debt is overdue by {days}.",
        "la política suspende cuando una deuda tiene {days} de vencida.",
    ),
    "stages_before": (
        "the stages before it were reached too recently; it waits until {day}.",
        "las etapas anteriores son demasiado recientes; espera hasta el {day}.",
    ),
    "stage_condition": (
        "no stage that suspends applies to it.",
        "no le aplica ninguna etapa que suspenda.",
    ),
    "window_open": (
        "lines are not cut at this hour ({text}).",
        "a esta hora no se corta ninguna línea ({text}).",
    ),
    "not_restored": ("{text}", "{text}"),
    "pay_back": (
        "Pay {amount} and it is switched back on at once.",
        "Pague {amount} y se reactiva de inmediato.",
    ),
    "pay_stay": (
        "Pay {amount} by {day} and it stays on; otherwise it is suspended on {next}.",
        "Pague {amount} hasta el {day} y sigue activa; si no, se suspende el {next}.",
    ),
    "no_danger": (
        "As things stand nothing will suspend it.",
        "Tal como están las cosas, nada la suspenderá.",
    ),
    "customer_owes": ("{owed}.{reached}", "{owed}.{reached}"),
    "customer_owes_nothing": ("Nothing is overdue.", "No hay nada vencido."),
    "reached": (" So far: {stages}.", " Hasta ahora: {stages}."),
    "stage": ("{kind} ({day})", "{kind} ({day})"),
    "remind": ("reminder", "recordatorio"),
    "warn": ("warning", "aviso"),
    "restrict": ("restriction", "restricción"),
    "suspend": ("suspension", "suspensión"),
    "late_fee": ("late fee", "recargo por mora"),
    "assign": ("handed to a collector", "asignado a un gestor de cobranza"),
    "propose_write_off": ("write-off proposed", "propuesta de castigo de la deuda"),
    "propose_cancellation": ("cancellation proposed", "propuesta de baja"),
    "pay_no_further": (
        "Pay {amount} by {day} and it goes no further; otherwise {next} follows.",
        "Pague {amount} hasta el {day} y no pasa de aquí; si no, sigue {next}.",
    ),
    "goes_on": ("{next} follows.", "Sigue {next}."),
    "no_further": (
        "As things stand nothing further follows.",
        "Tal como están las cosas, no sigue nada más.",
    ),
    RestoreRule.ZERO.value: (
        "it comes back when nothing is due any more.",
        "vuelve cuando no quede nada por pagar a la fecha.",
    ),
    RestoreRule.PAST_DUE_CLEARED.value: (
        "it comes back when nothing is overdue any more.",
        "vuelve cuando no quede nada vencido.",
    ),
    RestoreRule.BELOW_THRESHOLD.value: (
        "it comes back when what is overdue beyond grace is less than {minimum}.",
        "vuelve cuando lo vencido pasada la gracia sea menos de {minimum}.",
    ),
    RestoreRule.FIRST_INSTALMENT.value: (
        "it comes back when nothing is overdue, or the first instalment of a plan is paid.",
        "vuelve cuando no quede nada vencido o se pague la primera cuota de un plan.",
    ),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences in one language."""

    language: str

    def say(self, code: str, **facts: Any) -> str:
        """The sentence of a code."""
        return TEXTS[code][LANGUAGES.index(self.language)].format(**facts)

    def days(self, count: int) -> str:
        """A number of days."""
        return self.say("day_1" if count == 1 else "day_n", count=count)

    def day(self, day: date) -> str:
        """A date as people write it."""
        return format_date(day, format="long", locale=self.language)

    def amounts(self, sums: Mapping[str, int]) -> str:
        """Sums of money by currency."""
        found = [str(Money(minor, currency)) for currency, minor in sorted(sums.items())]
        return self.say("and").join(found)

    def owed(self, count: int, worst: int, sums: Mapping[str, int]) -> str:
        """How many invoices are overdue, for how long, and what they come to."""
        code = "owed_1" if count == 1 else "owed_n"
        return self.say(code, count=count, days=self.days(worst), amount=self.amounts(sums))

    def paused(self, pauses: Iterable[Pause]) -> str:
        """What keeps debts from counting, each kind once; until when, if somebody put them off."""
        found: dict[str, None] = {}
        for pause in pauses:
            day = self.day(pause.until_on) if pause.until_on is not None else ""
            found[self.say(f"paused_{pause.kind.value}", day=day)] = None
        return self.say("and").join(found)

    def condition(self, condition: Condition, policy: Policy, pauses: Iterable[Pause] = ()) -> str:
        """Why a condition keeps a line where it is; `pauses` are those that count for it."""
        value = condition.value
        least = policy.minimum_minor if policy.threshold_minor is None else policy.threshold_minor
        minimum = str(Money(max(least, 1), policy.currency))
        match condition.name:
            case ConditionName.BEYOND_GRACE:
                return self.say("beyond_grace", days=self.days(policy.grace_days))
            case ConditionName.MINIMUM_DEBT:
                amount = self.amounts(value) or str(Money(0, policy.currency))
                minimum = str(Money(max(policy.minimum_minor, 1), policy.currency))
                return self.say("minimum_debt", amount=amount, minimum=minimum)
            case ConditionName.NOT_PAUSED:
                amount, reasons = self.amounts(value), self.paused(pauses)
                return self.say("not_paused", amount=amount, reasons=reasons)
            case ConditionName.NOT_EXEMPT:
                text, until = value
                return self.say("not_exempt", text=text, day=self.day(date.fromisoformat(until)))
            case ConditionName.STAGE_DAY:
                return self.say("stage_day", days=self.days(value))
            case ConditionName.STAGES_BEFORE:
                return self.say("stages_before", day=self.day(date.fromisoformat(value)))
            case ConditionName.WINDOW_OPEN:
                local = datetime.fromisoformat(value)
                said = format_datetime(local, "EEEE HH:mm", locale=self.language)
                return self.say("window_open", text=said)
            case ConditionName.NOT_RESTORED:
                return self.say(value, minimum=minimum)
        return self.say(condition.name.value)

    def stages(self, stages: Iterable[tuple[str, date]]) -> str:
        """Stages by their kinds, each with its day."""
        said = (self.say("stage", kind=self.say(kind), day=self.day(on)) for kind, on in stages)
        return ", ".join(said)

    def payment(self, payment: Payment, *, off: bool, next_on: date | None) -> str:
        """What is to be paid, and what that does."""
        amount = self.amounts(payment.amounts)
        if off or payment.by is None or next_on is None:
            return self.say("pay_back", amount=amount)
        return self.say("pay_stay", amount=amount, day=self.day(payment.by), next=self.day(next_on))


def language_of(asked: str | None, accepted: str | None, locale: str) -> str:
    """The first of what was asked for, what a browser accepts, the organization's, English."""
    wanted = [asked or ""]
    wanted += [part.split(";")[0] for part in (accepted or "").split(",")]
    for each in (*wanted, locale):
        name = each.strip().replace("_", "-").split("-")[0].lower()
        if name in LANGUAGES:
            return name
    return "en"
