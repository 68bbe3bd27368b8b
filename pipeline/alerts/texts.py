"""The mail to one group, in Dutch: what, who, what to do, and where to look. Pure."""

from collections.abc import Callable, Sequence
from itertools import groupby
from urllib.parse import quote

from pipeline.alerts.model import Alert, AlertKind
from pipeline.alerts.told import AlertNews, ToldAlerts
from pipeline.core.documents import dutch

_MOST_NAMED = 20
"""Of one kind in one mail; the others are counted."""

_HEADINGS: dict[AlertKind, tuple[str, str]] = {
    AlertKind.CHAIN_BROKEN: ("keten van het register verbroken", "ketens van het register verbroken"),
    AlertKind.NIGHT_HELD: ("nacht aangehouden", "nachten aangehouden"),
    AlertKind.NIGHT_NOT_BEGUN: ("nacht niet begonnen", "nachten niet begonnen"),
    AlertKind.NIGHT_FAILED: ("nacht mislukt", "nachten mislukt"),
    AlertKind.NIGHT_LATE: ("nacht niet op tijd klaar", "nachten niet op tijd klaar"),
    AlertKind.DELIVERY_FAILED: ("levering mislukt", "leveringen mislukt"),
    AlertKind.FEED_LATE: ("tabel niet op tijd geladen", "tabellen niet op tijd geladen"),
    AlertKind.NOTICE_OVERDUE: ("intrekking niet op tijd bevestigd", "intrekkingen niet op tijd bevestigd"),
    AlertKind.NOTICE_GONE: ("intrekkingsbericht weg zonder bevestiging", "intrekkingsberichten weg zonder bevestiging"),
}
_REMEDIES: dict[AlertKind, str] = {
    AlertKind.CHAIN_BROKEN: (
        "Het register sluit niet aan op wat er buiten de databank van bewaard is; er wordt niets verzonden.\n"
        "Voer `gegevensdeling ledger verify` uit en volg het draaiboek, A restored ledger. Wis of herstel niets."
    ),
    AlertKind.NIGHT_HELD: (
        "Een goedkeurder vraagt aan de leverancier van de gegevens of de cijfers kloppen en antwoordt in Airflow,\n"
        "bij Required Actions. Zonder antwoord gaat er niets uit."
    ),
    AlertKind.NIGHT_NOT_BEGUN: (
        "Er is niets verzonden. Kijk na of de scheduler van Airflow draait en of de DAG nightly_delivery niet\n"
        "gepauzeerd is (`gegevensdeling doctor`), en start de nacht met de hand."
    ),
    AlertKind.NIGHT_FAILED: (
        "Er is niets verzonden. Lees de fout van de eerste rode taak, laat ze verhelpen en wis de run vanaf extract."
    ),
    AlertKind.NIGHT_LATE: (
        "De nacht is begonnen en nog niet afgelopen. Kijk welke taak nog loopt, of waarop ze wacht."
    ),
    AlertKind.DELIVERY_FAILED: (
        "De andere ontvangers hebben hun levering. Lees het logboek van de taak, laat de fout verhelpen en wis die\n"
        "taak, met de taken erna."
    ),
    AlertKind.FEED_LATE: (
        "Vraag aan de leverancier van de gegevens om te laden. Zonder nieuwe gegevens gaat er deze nacht niets uit."
    ),
    AlertKind.NOTICE_OVERDUE: (
        "Bel de ontvanger: hij kan nog iemand contacteren die neen zei. Hij bevestigt met een ACK-bestand."
    ),
    AlertKind.NOTICE_GONE: (
        "Bel de ontvanger en vraag of hij het bericht heeft; zo niet: `gegevensdeling withdrawals resend`."
    ),
}


def _when(alert: Alert) -> str:
    return f", sinds {dutch.instant(alert.at)}" if alert.at else ""


def _recipient(alert: Alert) -> str:
    return dutch.recipient(alert.subject, alert.name)


_LINES: dict[AlertKind, Callable[[Alert], str]] = {
    AlertKind.CHAIN_BROKEN: lambda alert: f"vastgesteld op {dutch.day(alert.night)}",
    AlertKind.NIGHT_HELD: lambda alert: f"{alert.asked} Antwoord ten laatste op {dutch.instant(alert.at)}.",
    AlertKind.NIGHT_NOT_BEGUN: lambda alert: f"nacht van {dutch.day(alert.night)}, verwacht tegen {_hour(alert)}",
    AlertKind.NIGHT_FAILED: lambda alert: f"nacht van {dutch.day(alert.night)}",
    AlertKind.NIGHT_LATE: lambda alert: f"nacht van {dutch.day(alert.night)}, verwacht tegen {_hour(alert)}",
    AlertKind.DELIVERY_FAILED: lambda alert: f"{_recipient(alert)}, nacht van {dutch.day(alert.night)}",
    AlertKind.FEED_LATE: lambda alert: f"{alert.name}, verwacht tegen {_hour(alert)}",
    AlertKind.NOTICE_OVERDUE: lambda alert: f"{alert.name}: {alert.subject}{_when(alert)}",
    AlertKind.NOTICE_GONE: lambda alert: f"{alert.name}: {alert.subject}",
}


def _hour(alert: Alert) -> str:
    return dutch.instant(alert.at)


def alert_subject(news: AlertNews) -> str:
    """What is new, by kind and number; else that it is over."""
    counted = [_counted(kind, list(alerts)) for kind, alerts in groupby(news.new, lambda alert: alert.kind)]
    what = ", ".join(counted) or "hersteld: " + _all_over(news.over)
    return f"{'Mogelijk herhaald: ' if news.is_repeat else ''}Gegevensdeling: {what}"


def _all_over(over: Sequence[Alert]) -> str:
    return ", ".join(_counted(kind, list(alerts)) for kind, alerts in groupby(over, lambda alert: alert.kind))


def _counted(kind: AlertKind, alerts: Sequence[Alert]) -> str:
    one, more = _HEADINGS[kind]
    return one if len(alerts) == 1 else f"{len(alerts)} {more}"


def alert_text(news: AlertNews, told: ToldAlerts, airflow: str) -> str:
    """`airflow`: the address of its UI, without a slash. Holds no personal data."""
    parts = ["Dag,"]
    if news.is_repeat:
        parts.append("Dit bericht kreeg u mogelijk al: bij het versturen werd een proces afgebroken.")
    if told.unsent_since:
        parts.append(f"Sinds {dutch.instant(told.unsent_since)} kon dit bericht niet verstuurd worden.")
    for kind, alerts in groupby(news.new, lambda alert: alert.kind):
        parts.append(_part(kind, list(alerts), airflow))
    if news.over:
        parts.append("HERSTELD OF AFGEHANDELD\n" + "\n".join(_over_lines(news.over)))
    parts.append("Dit bericht bevat geen persoonsgegevens. U krijgt het één keer per nacht zolang iets duurt.")
    return "\n\n".join(parts) + "\n\nGegevensdeling, Opgroeien\n"


def _part(kind: AlertKind, alerts: Sequence[Alert], airflow: str) -> str:
    lines = [f"- {_LINES[kind](alert)}" for alert in alerts[:_MOST_NAMED]]
    if len(alerts) > _MOST_NAMED:
        lines.append(f"- en nog {len(alerts) - _MOST_NAMED} andere")
    heading = _counted(kind, alerts).upper()
    return "\n".join([heading, *lines, f"Wat te doen: {_REMEDIES[kind]}", f"Zie {_link(alerts[0], airflow)}"])


def _over_lines(over: Sequence[Alert]) -> list[str]:
    shown = [f"- {_HEADINGS[alert.kind][0]}: {_LINES[alert.kind](alert)}" for alert in over[:_MOST_NAMED]]
    return shown + ([f"- en nog {len(over) - _MOST_NAMED} andere"] if len(over) > _MOST_NAMED else [])


def _link(alert: Alert, airflow: str) -> str:
    if alert.run:
        return f"{airflow}/dags/nightly_delivery/runs/{quote(alert.run, safe='')}"
    return f"{airflow}/dags/{'nightly_delivery' if alert.kind is AlertKind.NIGHT_NOT_BEGUN else 'housekeeping'}"
