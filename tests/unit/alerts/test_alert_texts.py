"""The mails' words: every kind has a heading, a remedy and a link, in Dutch, and numbers of recipients are bounded."""

from datetime import UTC, date, datetime

import pytest

from pipeline.alerts.model import Alert, AlertKind
from pipeline.alerts.texts import alert_subject, alert_text
from pipeline.alerts.told import AlertNews, ToldAlerts

NIGHT, AT = date(2026, 11, 29), datetime(2026, 11, 29, 5, 30, tzinfo=UTC)
UI = "https://airflow.example.org"


def alert(kind: AlertKind, subject: str = "", run: str = "") -> Alert:
    return Alert(kind, NIGHT, subject, "OCMW Gent", AT, run, "Loslaten?")


@pytest.mark.parametrize("kind", AlertKind)
def test_each_kind_says_what_and_what_to_do_and_where_to_look(kind: AlertKind) -> None:
    text = alert_text(AlertNews((alert(kind, "0212214125"),), ()), ToldAlerts(), UI)
    assert "Wat te doen: " in text and f"Zie {UI}/dags/" in text
    assert "29 november 2026" in text or "Loslaten?" in text or kind is AlertKind.NOTICE_GONE
    assert max(map(len, text.splitlines())) <= 130


def test_a_whole_mail() -> None:
    failed, over = (
        alert(AlertKind.DELIVERY_FAILED, "0212214125", "scheduled__1+0"),
        alert(AlertKind.FEED_LATE, "parent"),
    )
    news, told = AlertNews((failed,), (over,), is_repeat=True), ToldAlerts(unsent_since=AT)
    assert alert_subject(news) == "Mogelijk herhaald: Gegevensdeling: levering mislukt"
    assert alert_text(news, told, UI) == (
        "Dag,\n\n"
        "Dit bericht kreeg u mogelijk al: bij het versturen werd een proces afgebroken.\n\n"
        "Sinds 29 november 2026 om 6.30 uur kon dit bericht niet verstuurd worden.\n\n"
        "LEVERING MISLUKT\n"
        "- OCMW Gent (KBO 0212.214.125), nacht van 29 november 2026\n"
        "Wat te doen: De andere ontvangers hebben hun levering. Lees het logboek van de taak, laat de fout verhelpen en"
        " wis die\ntaak, met de taken erna.\n"
        f"Zie {UI}/dags/nightly_delivery/runs/scheduled__1%2B0\n\n"
        "HERSTELD OF AFGEHANDELD\n"
        "- tabel niet op tijd geladen: OCMW Gent, verwacht tegen 29 november 2026 om 6.30 uur\n\n"
        "Dit bericht bevat geen persoonsgegevens. U krijgt het één keer per nacht zolang iets duurt.\n\n"
        "Gegevensdeling, Opgroeien\n"
    )


def test_many_are_one_mail_that_names_twenty() -> None:
    news = AlertNews(tuple(alert(AlertKind.DELIVERY_FAILED, str(n)) for n in range(1000000000, 1000000285)), ())
    text = alert_text(news, ToldAlerts(), UI)
    assert alert_subject(news) == "Gegevensdeling: 285 leveringen mislukt"
    assert text.count("\n- ") == 21 and "en nog 265 andere" in text


def test_that_all_is_well_again_is_in_the_subject() -> None:
    news = AlertNews((), (alert(AlertKind.NIGHT_LATE),))
    assert alert_subject(news) == "Gegevensdeling: hersteld: nacht niet op tijd klaar"
