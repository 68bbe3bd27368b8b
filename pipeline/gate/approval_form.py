"""The approval form for a run that volume rules hold: Dutch, as Markdown for Airflow's UI. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.core.model import HeldRule

REASON = (
    "Waarom: wat de leverancier van de gegevens zei, en wie. Komt met uw naam in het register. "
    "Zet hier geen persoonsgegevens van gezinnen."
)
_COUNTED = {
    "parents_change": "ouders",
    "grants_change": "gegeven toestemmingen",
    "withdrawals_change": "intrekkingen",
    "noes_of_unknown_parent": "keer neen van een onbekende ouder",
    "rows_lost": "rijen",
    "rows_lost_share": "rijen",
}


@dataclass(frozen=True)
class ApprovalForm:
    """`body` is Markdown and depends on the figures and the settings alone: the same figures, the same text.

    `hours`: how long an answer counts. `approvers`: ids of Airflow's login.
    """

    subject: str
    body: str
    hours: float
    approvers: tuple[str, ...]


def approval_form(night: date, held: Sequence[HeldRule], hours: float, approvers: tuple[str, ...]) -> ApprovalForm:
    """The form for the run of one night."""
    rules = f"{len(held)} volumeregel{'s' if len(held) > 1 else ''}"
    subject = f"Nacht van {night:%d/%m/%Y} tegengehouden door {rules}: loslaten?"
    return ApprovalForm(
        subject, _BODY.format(lines="\n".join(map(_line, held)), hours=_number(hours)), hours, approvers
    )


_BODY = """\
De gegevens van vannacht wijken meer af van die van de vorige nacht dan is toegestaan. Er is nog niets verzonden.

| tabel | wat | regel | vorige nacht | vannacht | verschil | grens |
|---|---|---|---:|---:|---:|---:|
{lines}

**Vraag eerst aan de leverancier van de gegevens of deze cijfers kloppen.** Meer cijfers: tab *Datacontroles* van \
`check`.

**Loslaten** betekent: deze cijfers kloppen, en deze run mag ermee verder. Het betekent niet dat er iemand extra \
gedeeld wordt: de poort wordt daarna onverkort op elke rij toegepast. Uw antwoord geldt enkel voor deze run en voor \
precies deze cijfers, en komt met uw naam en uw reden in het register.

**Niet loslaten** betekent: vannacht gaat er niets uit, naar niemand. Wat vroeger geleverd is, blijft staan.

Een antwoord telt tot {hours} uur na de start van deze taak (*Start Date*, bovenaan). \
Zonder antwoord gaat er niets uit."""


def _line(rule: HeldRule) -> str:
    limit = f"{_number(100 * rule.limit)} %" if rule.limit else "geen verlies"
    if rule.rule == "noes_of_unknown_parent":
        limit = f"{_number(rule.limit)} nieuwe"
    difference = rule.tonight - rule.last_night
    share = f" ({_number(100 * difference / rule.last_night, '+')} %)" if rule.last_night else ""
    counts = f"{_number(rule.last_night)} | {_number(rule.tonight)} | {_number(difference, '+')}{share}"
    return f"| `{rule.feed}` | {_COUNTED.get(rule.rule, rule.rule)} | `{rule.rule}` | {counts} | {limit} |"


def _number(value: float, sign: str = "") -> str:
    """As it is written in Belgium: 1.234,5; at most one decimal."""
    text = f"{value:{sign},.1f}".removesuffix(".0")
    return text.translate(str.maketrans(",.-", ".,−"))
