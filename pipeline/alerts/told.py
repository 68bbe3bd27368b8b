"""What each group was told, in one file a group; a file is replaced whole, and one process at a time tells.

Before a mail goes, the file says that it is going: a process that is killed in between leaves a doubt, and the next
mail then says that it may be a repeat. So no alert is lost, and none is told twice in the same words.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pipeline.alerts.model import Alert, AlertGroup, AlertKind, AlertTopic, Observation
from pipeline.core.errors import RunAtWork
from pipeline.core.ground import on_ground
from pipeline.core.lock import try_lock
from pipeline.core.serialize import from_json, to_json
from pipeline.core.staging import private_folder, writing

QUESTION = "question.json"


@dataclass(frozen=True)
class ToldAlerts:
    """`lasting`: by key, each alert that was told and is not over. `going`: likewise, those of a mail of which nobody
    knows whether it went. `unsent_since`: since when no mail could be sent, None where one can."""

    lasting: Mapping[str, Alert] = field(default_factory=dict)
    going: Mapping[str, Alert] = field(default_factory=dict)
    unsent_since: datetime | None = None


@dataclass(frozen=True)
class AlertNews:
    """What one group is to be told: what is new, and what is over. `is_repeat`: some of it may have been told before,
    by a process that was killed."""

    new: tuple[Alert, ...]
    over: tuple[Alert, ...]
    is_repeat: bool = False


def alert_news(told: ToldAlerts, seen: Observation, topics: frozenset[AlertTopic]) -> AlertNews:
    """Against what a group of these topics was told. Pure."""
    now = {alert.key: alert for alert in seen.alerts if alert.topic in topics}
    new = [alert for key, alert in now.items() if _is_new(alert, told.lasting.get(key))]
    perhaps = {**told.lasting, **told.going}
    over = [alert for key, alert in perhaps.items() if key not in now and _is_over(alert, seen)]
    is_repeat = any(alert.key in told.going for alert in (*new, *over))
    return AlertNews(tuple(sorted(new, key=_place)), tuple(sorted(over, key=_place)), is_repeat)


def _place(alert: Alert) -> tuple[int, str, str]:
    return list(AlertKind).index(alert.kind), alert.name, alert.subject


def _is_new(alert: Alert, before: Alert | None) -> bool:
    return before is None or alert.kind != before.kind or alert.night > before.night


def _is_over(alert: Alert, seen: Observation) -> bool:
    if alert.topic is AlertTopic.NIGHT:
        return AlertTopic.NIGHT in seen.topics and seen.whole_night is not None and seen.whole_night >= alert.night
    return alert.topic in seen.topics


def after_telling(told: ToldAlerts, news: AlertNews) -> ToldAlerts:
    """What was told, once these news were. Pure."""
    new, over = _by_key(news.new), _by_key(news.over)
    lasting = {key: alert for key, alert in told.lasting.items() if key not in over}
    going = {key: alert for key, alert in told.going.items() if key not in {**new, **over}}
    return ToldAlerts({**lasting, **new}, going)


def _by_key(alerts: Iterable[Alert]) -> dict[str, Alert]:
    return {alert.key: alert for alert in alerts}


def begin_telling(told: ToldAlerts, news: AlertNews) -> ToldAlerts:
    """What is written before the mail goes. Pure."""
    return replace(told, going={**told.going, **_by_key(news.new)})


def telling_failed(told: ToldAlerts, at: datetime) -> ToldAlerts:
    """`told` as before the mail that did not go. Pure."""
    return replace(told, unsent_since=told.unsent_since or at)


def read_told(folder: Path, group: AlertGroup) -> ToldAlerts:
    """Nothing where there is no file, or one that nobody can read: rather told once more than never."""
    path = folder / f"{group}.json"
    with on_ground(path):
        if not path.is_file():
            return ToldAlerts()
        try:
            return from_json(ToldAlerts, path.read_bytes())
        except ValueError:
            return ToldAlerts()


def save_told(folder: Path, group: AlertGroup, told: ToldAlerts) -> None:
    """Raises as `on_ground`."""
    with writing(folder / f"{group}.json") as part:
        part.write_bytes(to_json(told))


@contextmanager
def telling(folder: Path) -> Iterator[None]:
    """For one process at a time. Raises RunAtWork while another tells: what it does not tell, the next hour does."""
    private_folder(folder)
    with on_ground(folder), (folder / "telling").open("a", encoding="utf-8") as file:
        if not try_lock(file):
            raise RunAtWork("another task tells of alerts at this moment: this one leaves that to it")
        yield


def save_question(folder: Path, asked: Alert) -> None:
    """What a held night asks, so that each hour can tell of it until it is answered. Raises as `on_ground`."""
    private_folder(folder)
    with writing(folder / QUESTION) as part:
        part.write_bytes(to_json(asked))


def read_question(folder: Path) -> Alert | None:
    """The one that was asked last; None where none was, or nobody can read it. Raises as `on_ground`."""
    path = folder / QUESTION
    with on_ground(path):
        if not path.is_file():
            return None
        try:
            return from_json(Alert, path.read_bytes())
        except ValueError:
            return None


def unsent_since(folder: Path, groups: Iterable[AlertGroup]) -> datetime | None:
    """The earliest instant since which a group could not be told; None where all were told. Raises as `on_ground`."""
    return min((at for group in groups if (at := read_told(folder, group).unsent_since)), default=None)
