"""What a group is told, as tables: once while it lasts in a night, once when it is over, and a repeat is called one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.alerts.model import Alert, AlertGroup, AlertKind, AlertTopic, Observation, groups_told
from pipeline.alerts.told import (
    ToldAlerts,
    after_telling,
    alert_news,
    begin_telling,
    read_told,
    save_told,
    telling,
    telling_failed,
    unsent_since,
)
from pipeline.core.errors import RunAtWork
from pipeline.core.settings import Settings

NIGHT = date(2026, 11, 29)
AT = datetime(2026, 11, 29, 5, tzinfo=UTC)
ALL = frozenset(AlertTopic)
GENT = Alert(AlertKind.DELIVERY_FAILED, NIGHT, "0212214125", "OCMW Gent")
BRUGGE = Alert(AlertKind.DELIVERY_FAILED, NIGHT, "0212178493", "OCMW Brugge")
LATE = Alert(AlertKind.NIGHT_LATE, NIGHT, str(NIGHT))


def seen(*alerts: Alert, topics: frozenset[AlertTopic] = ALL, whole: date | None = None) -> Observation:
    return Observation(alerts, topics, whole)


def lasting(*alerts: Alert) -> ToldAlerts:
    return ToldAlerts({alert.key: alert for alert in alerts})


def tomorrow(alert: Alert) -> Alert:
    return replace(alert, night=alert.night + timedelta(days=1))


NEWS = {
    "the first time": (ToldAlerts(), seen(GENT, BRUGGE), (BRUGGE, GENT), ()),
    "the same again": (lasting(GENT), seen(GENT), (), ()),
    "the same in the next night": (lasting(GENT), seen(tomorrow(GENT)), (tomorrow(GENT),), ()),
    "an older night that was cleared": (lasting(tomorrow(GENT)), seen(GENT), (), ()),
    "one more": (lasting(GENT), seen(GENT, BRUGGE), (BRUGGE,), ()),
    "one is over": (lasting(GENT, BRUGGE), seen(GENT), (), (BRUGGE,)),
    "nobody could look": (lasting(GENT), seen(topics=frozenset()), (), ()),
    "a late night is red": (lasting(LATE), seen(replace(LATE, kind=AlertKind.NIGHT_FAILED)),
                            (replace(LATE, kind=AlertKind.NIGHT_FAILED),), ()),
    "after midnight nothing is due, and nothing is well": (lasting(LATE), seen(whole=NIGHT - timedelta(1)), (), ()),
    "a later night is whole": (lasting(LATE), seen(whole=NIGHT + timedelta(1)), (), (LATE,)),
}  # fmt: skip


@pytest.mark.parametrize("case", NEWS)
def test_what_is_told(case: str) -> None:
    told, now, new, over = NEWS[case]
    found = alert_news(told, now, ALL)
    assert (found.new, found.over, found.is_repeat) == (new, over, False)


@pytest.mark.parametrize("case", NEWS)
def test_told_once(case: str) -> None:
    told, now, _, _ = NEWS[case]
    after = after_telling(told, alert_news(told, now, ALL))
    assert alert_news(after, now, ALL) == alert_news(ToldAlerts(), seen(), ALL)


def test_after_a_kill_the_next_mail_says_that_it_may_be_a_repeat() -> None:
    killed = begin_telling(ToldAlerts(), alert_news(ToldAlerts(), seen(GENT), ALL))
    again = alert_news(killed, seen(GENT, BRUGGE), ALL)
    assert again.new == (BRUGGE, GENT) and again.is_repeat
    over = alert_news(killed, seen(), ALL)
    assert over.over == (GENT,) and over.is_repeat, "who may have been told hears that it is over"
    assert after_telling(killed, again).going == {}


def test_what_surely_did_not_go_is_told_as_if_for_the_first_time(tmp_path: Path) -> None:
    failed = telling_failed(ToldAlerts(), AT)
    save_told(tmp_path, AlertGroup.PRIVACY, telling_failed(failed, AT + timedelta(hours=1)))
    assert unsent_since(tmp_path, tuple(AlertGroup)) == AT
    news = alert_news(read_told(tmp_path, AlertGroup.PRIVACY), seen(GENT), ALL)
    assert news.new == (GENT,) and not news.is_repeat
    assert after_telling(failed, news).unsent_since is None


def test_a_file_that_nobody_can_read_tells_once_more(tmp_path: Path) -> None:
    save_told(tmp_path, AlertGroup.OPERATIONS, lasting(GENT, LATE))
    assert read_told(tmp_path, AlertGroup.OPERATIONS) == lasting(GENT, LATE)
    (tmp_path / "operations.json").write_text("{")
    assert read_told(tmp_path, AlertGroup.OPERATIONS) == ToldAlerts()


def test_one_tells_at_a_time(tmp_path: Path) -> None:
    with telling(tmp_path / "alerts"), pytest.raises(RunAtWork), telling(tmp_path / "alerts"):
        pass


def test_each_group_hears_its_own_and_operations_what_nobody_else_does() -> None:
    alone = groups_told(Settings(alert_operations="a@x.example"))
    assert alone == {AlertGroup.OPERATIONS: ALL}
    both = groups_told(Settings(alert_operations="a@x.example", alert_privacy="dpo@x.example"))
    assert both[AlertGroup.OPERATIONS] == ALL - {AlertTopic.NOTICE}
    assert both[AlertGroup.PRIVACY] == {AlertTopic.NOTICE, AlertTopic.CHAIN}
    assert groups_told(Settings()) == {}
