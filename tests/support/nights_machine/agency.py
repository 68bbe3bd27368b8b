"""The agency of a history: what is true, and what its database shows of it, whole, half loaded or restored."""

import sqlite3
from collections.abc import Callable, Set
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pipeline.core.feeds import FEEDS
from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.core.model import Kbo
from tests.support.worlds.small_world import OF_RESIDENCE, person
from tests.support.worlds.tables import Row, World, controlled, to_sqlite, world

GENT, MERELBEKE = Kbo("0212214125"), Kbo("1010776127")
RECIPIENTS = {GENT: ("OCMW Gent", ("44021",)), MERELBEKE: ("OCMW Merelbeke-Melle", ("44043", "44088"))}
"""Name and codes by KBO. The municipality of the second merges on 1 January 2025: its code before, and since."""
HOMES = {101: MERELBEKE, 102: MERELBEKE, 103: MERELBEKE, 201: GENT, 202: GENT, 203: GENT}
"""Which recipient serves where a parent lives at first."""
SAME_PERSON = {103: 203, 203: 103}
"""One person with two rows: what either says no to, the other does."""
MERGER = date(2025, 1, 1)
ELSEWHERE = "31005"
"""A municipality that nobody serves, until BRUGGE is registered."""
BRUGGE = Kbo("0207832792")
"""A recipient that is registered later: a no to it is a no to everyone until then."""


GROWING = {
    "residence": ("parent_id", "valid_from", "recorded_at"),
    "agreement": ("agreement_id", "recorded_at"),
    "protocol": ("protocol_id", "recorded_at"),
    "consent_event": ("event_id",),
}
"""The keys of the feeds in which nothing is ever changed or gone."""
RowKey = tuple[str, ...]


def first_world(today: date) -> World:
    """All parents released, each to the recipient of its home."""
    born = str(today - timedelta(days=300))
    codes = {kbo: codes[0] for kbo, (_, codes) in RECIPIENTS.items()}
    personal = {id_: person(SAME_PERSON[id_] if id_ == 103 else id_) | {"first_name": f"Noor{id_}"} for id_ in HOMES}
    began = {"valid_from": "2024-06-01", "signed_on": "2024-05-01"}
    return world({
        "recipient": [{"kbo": kbo, "name": name, "ovo": None} for kbo, (name, _) in RECIPIENTS.items()],
        "recipient_municipality": [
            {"kbo": kbo, "nis_code": code} for kbo, (_, own) in RECIPIENTS.items() for code in own
        ],
        "local_team": [{"local_team_id": f"T{kbo}", "name": f"Team {name}"} for kbo, (name, _) in RECIPIENTS.items()],
        "family": [{"family_id": id_, "local_team_id": f"T{kbo}"} for id_, kbo in HOMES.items()],
        "parent": [
            {"parent_id": id_, "family_id": id_}
            | {name: value for name, value in personal[id_].items() if name not in OF_RESIDENCE}
            | {"last_name": f"Kanarie-{id_}-achter"}
            for id_ in HOMES
        ],
        "residence": [
            {"parent_id": id_, "nis_code": codes[kbo]} | {name: personal[id_][name] for name in OF_RESIDENCE}
            for id_, kbo in HOMES.items()
        ],
        "child": [{"child_id": id_, "family_id": id_, "birth_date": born} for id_ in HOMES],
        "child_on_31_december": [],
        "indicator_assessment": [
            {"assessment_id": id_, "child_id": id_, "assessed_on": born, "recorded_at": f"{born} 12:00"}
            for id_ in HOMES
        ],
        "agreement": [
            {"agreement_id": f"A{kbo}", "kbo": kbo, "local_team_id": f"T{kbo}", "recorded_at": "2024-05-02 09:00"}
            | began
            for kbo in RECIPIENTS
        ],
        "protocol": [
            {"protocol_id": f"P{kbo}", "kbo": kbo, "recorded_at": "2024-05-02 09:00", "dpo_advice_on": "2024-04-01"}
            | {"recipient_dpo_advice_on": "2024-04-01"} | began
            for kbo in RECIPIENTS
        ],
        "consent_text": [{"accepted_from": "2024-01-01"}],
        "consent_event": [
            {"event_id": id_, "parent_id": id_, "kbo": kbo, "occurred_at": "2024-06-02 10:00"}
            | {"recorded_at": "2024-06-02 10:05"}
            for id_, kbo in HOMES.items()
        ],
    })  # fmt: skip


@dataclass
class ToldAgency:
    """`truth` is what really is. `lost`: how the world of a backup looks that was put back, None where it is the truth.

    `short`: a feed, and how many of its rows a load that failed half way has left. `ahead`: how far the agency's clock
    is ahead of ours.
    """

    path: Path
    truth: World
    ahead: timedelta = timedelta(0)
    short: tuple[str, int] | None = None
    lost: World | None = None
    backups: list[World] = field(default_factory=list)
    changes: int = 0
    loads: int = 0
    turning_points: list[datetime] = field(default_factory=list)
    """The instants at which a decision on what is shown may change though no row does."""

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.path}"

    @property
    def shown(self) -> World:
        """What whoever reads the database finds."""
        whole = self.truth if self.lost is None else self.lost
        if self.short is None:
            return whole
        feed, rows = self.short
        return whole | {feed: whole[feed][:rows]}

    @property
    def is_whole(self) -> bool:
        return self.short is None and self.lost is None

    def load(self, now: datetime) -> None:
        """The agency's own load: all tables as shown, and control rows that count the whole ones."""
        self.loads += 1
        whole = self.truth if self.lost is None else self.lost
        self.turning_points = turning_points(self.shown, now + self.ahead)
        control = controlled(whole, now + self.ahead)["feed_control"]
        if not self.path.exists():
            to_sqlite(self.truth | {"feed_control": control}, self.path)
        connection = sqlite3.connect(self.path, timeout=30)
        with connection:
            connection.execute("pragma synchronous = off")
            for name, rows in (self.shown | {"feed_control": control}).items():
                columns = FEEDS[name].columns
                connection.execute(f"delete from {name}")
                marks = ", ".join("?" * len(columns))
                values = [[_stored(row[column]) for column in columns] for row in rows]
                connection.executemany(f"insert into {name} values ({marks})", values)
        connection.close()

    def back_up(self) -> None:
        self.backups.append(deepcopy(self.truth))

    def restore(self, back: int, known: Set[RowKey]) -> None:
        """A backup of some nights ago is put back, if one of these rows is gone by that."""
        backup = self.backups[-1 - back % len(self.backups)] if self.backups else self.truth
        if known - rows_of(backup):
            self.lost = deepcopy(backup)

    def mend(self) -> None:
        self.short = self.lost = None

    # What happens

    def stamp(self, now: datetime) -> datetime:
        """The agency's clock."""
        return now + self.ahead

    def append(self, feed: str, differs: dict[str, Any]) -> None:
        """One more row."""
        self.changes += 1
        for rows in self._everywhere(feed):
            rows.append(deepcopy(differs))

    def update(self, feed: str, key: str, value: object, **changed: object) -> None:
        """Another value in a row of a feed without history."""
        self.changes += 1
        for rows in self._everywhere(feed):
            for row in rows:
                if row[key] == value:
                    row.update(changed)

    def _everywhere(self, feed: str) -> list[list[Row]]:
        return [world[feed] for world in (self.truth, self.lost) if world is not None]

    def consent(self, now: datetime, **differs: Any) -> None:
        """An event of now by the agency's clock, unless it says otherwise."""
        at, number = self.stamp(now), 1 + max(row["event_id"] for row in self.truth["consent_event"])
        plain = {"event_id": number, "text_version": "v1", "fields": "name,address,phone,email", "valid_until": None}
        self.append("consent_event", plain | {"occurred_at": at, "recorded_at": at} | differs)

    def version(self, feed: str, kbo: Kbo, now: datetime, **differs: Any) -> None:
        """Another version of a recipient's paper, recorded now and after the last one."""
        versions = [row for row in self.truth[feed] if row["kbo"] == kbo]
        newest = max(versions, key=lambda row: row["recorded_at"])
        recorded = max(self.stamp(now), newest["recorded_at"] + timedelta(seconds=1))
        self.append(feed, newest | {"recorded_at": recorded} | differs)

    @property
    def has_brugge(self) -> bool:
        return any(row["kbo"] == BRUGGE for row in self.truth["recipient"])

    def registers_brugge(self) -> None:
        """It serves ELSEWHERE from now on, and has no papers yet."""
        if self.has_brugge:
            return
        added = {"recipient": {"name": "OCMW Brugge"}, "recipient_municipality": {"nis_code": ELSEWHERE}}
        for feed, differs in added.items():
            self.append(feed, self.truth[feed][0] | {"kbo": BRUGGE} | differs)

    def lives(self, parent: int, code: str, now: datetime, confidential: bool = False) -> None:
        rows = [row for row in self.truth["residence"] if row["parent_id"] == parent]
        recorded = max(self.stamp(now), max(row["recorded_at"] for row in rows) + timedelta(seconds=1))
        moved = {"valid_from": local_day(now), "recorded_at": recorded, "nis_code": code, "confidential": confidential}
        self.append("residence", rows[-1] | moved)


SKEW, FRESH = timedelta(minutes=5), timedelta(hours=26)
"""How far a row may be ahead of our clock, and how old a feed may be."""


def turning_points(world: World, produced_at: datetime) -> list[datetime]:
    names = ("recorded_at", "occurred_at")
    stamps = [row[name] for rows in world.values() for row in rows for name in names if row.get(name)]
    return sorted({*stamps, *(at - SKEW for at in stamps), produced_at, produced_at - SKEW, produced_at + FRESH})


def rows_of(world: World) -> frozenset[RowKey]:
    """Of the feeds that only grow."""
    return frozenset((feed, *(str(row[name]) for name in key)) for feed, key in GROWING.items() for row in world[feed])


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(sep=" ", timespec="seconds" if not value.microsecond else "auto")
    return value.isoformat() if isinstance(value, date) else value


Said = Callable[[int, Kbo, datetime], dict[str, Any]]


def _midnight(stamp: datetime) -> datetime:
    return datetime.combine(stamp.astimezone(BRUSSELS).date(), time(), BRUSSELS).astimezone(UTC)


NOES: dict[str, Said] = {
    "plain": lambda parent, kbo, stamp: {},
    "by day": lambda parent, kbo, stamp: {"occurred_at": _midnight(stamp)},
    "empty date": lambda parent, kbo, stamp: {"occurred_at": None},
    "ahead": lambda parent, kbo, stamp: {"occurred_at": stamp + timedelta(days=2)},
    "late": lambda parent, kbo, stamp: {"occurred_at": stamp - timedelta(days=30)},
    "recorded ahead": lambda parent, kbo, stamp: {"recorded_at": stamp + timedelta(minutes=1)},
    "to one not registered yet": lambda parent, kbo, stamp: {"kbo": BRUGGE},
    "other spelling": lambda parent, kbo, stamp: {"kbo": f"{kbo[:4]}.{kbo[4:7]}.{kbo[7:]}"},
    "to nobody": lambda parent, kbo, stamp: {"kbo": ""},
    "unknown kind": lambda parent, kbo, stamp: {"kind": "stop"},
    "malformed grant": lambda parent, kbo, stamp: {"kind": "grant", "fields": None},
    "of the other row": lambda parent, kbo, stamp: {"parent_id": SAME_PERSON.get(parent, parent)},
}
"""How a no may be written down (DOMAIN.md, "Consent"): what differs from a withdrawal of now."""


def says_no(agency: ToldAgency, parent: int, kbo: Kbo, how: str, now: datetime) -> None:
    said = {"parent_id": parent, "kbo": kbo, "kind": "withdrawal", "text_version": None, "fields": None}
    said |= {"text_version": "v1"} if how == "malformed grant" else {}
    agency.consent(now, **said | NOES[how](parent, kbo, agency.stamp(now)))


def says_yes(agency: ToldAgency, parent: int, kbo: Kbo, now: datetime, later: timedelta = timedelta(0)) -> None:
    """Recorded so much later than it occurred, by the agency's clock, which is within what a check allows."""
    at = agency.stamp(now)
    recorded = at + max(timedelta(0), min(later, SKEW - timedelta(minutes=1) - agency.ahead))
    agency.consent(now, parent_id=parent, kbo=kbo, kind="grant", occurred_at=at, recorded_at=recorded)


def corrects_insz(agency: ToldAgency) -> None:
    """The two rows turn out to be of two persons."""
    (first, _) = sorted(SAME_PERSON)
    agency.update("parent", "parent_id", first, insz=person(first)["insz"])


def renewed(agency: ToldAgency, kbo: Kbo, now: datetime) -> None:
    """Agreement and protocol in force again from today on, with all fields."""
    today = local_day(now)
    term = {"signed_on": today, "valid_from": today, "ended_on": None}
    agency.version("agreement", kbo, now, **term)
    advice = {"dpo_advice_on": today, "recipient_dpo_advice_on": today, "fields": "name,address,phone,email"}
    agency.version("protocol", kbo, now, **term | advice)
