"""The gate of DOMAIN.md once more: naive, slow and written from that text alone, to judge the SQL gate by.

One function per rule, in the order of the table; a parent is withheld for the first that answers True. Where the text
leaves room, the reading that withholds is taken, and marked "Reading:". Nothing here may be taken from sql/.
"""

import csv
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.support.worlds.tables import Row, World

REFERENCE = Path(__file__).parents[3] / "pipeline" / "reference"
DECREE = {"name", "address", "phone", "email"}
CRITERIA = ("income", "education", "employment", "stimulation", "housing", "health")


class Decision(NamedTuple):
    """What became of one parent; `fields` comma-separated and alphabetical, None unless released."""

    outcome: str
    kbo: str | None
    reason: str | None
    fields: str | None


class Covered(NamedTuple):
    """A recipient that gets a drop: under which agreements and protocols, and how long it may keep it."""

    kbo: str
    agreements: tuple[str, ...]
    protocols: tuple[str, ...]
    retention_days: int


@dataclass(frozen=True)
class Night:
    """A world as it was known at `known_at`, to be decided at `at`: what was recorded later does not exist."""

    world: World
    at: datetime
    known_at: datetime
    child_age_limit_years: int = 3

    @property
    def day(self) -> date:
        return self.at.astimezone(ZoneInfo("Europe/Brussels")).date()

    def rows(self, feed: str, **where: Any) -> list[Row]:
        """The rows with these values; the first is looked up, so that large worlds can be judged too."""
        if not where:
            return self._known[feed]
        column = next(iter(where))
        rows = self._by(feed, column).get(where[column], [])
        return [row for row in rows if all(row[name] == value for name, value in where.items())]

    def _by(self, feed: str, column: str) -> dict[Any, list[Row]]:
        if (feed, column) not in self._index:
            index = self._index[feed, column] = defaultdict(list)
            for row in self._known[feed]:
                index[row[column]].append(row)
        return self._index[feed, column]

    @cached_property
    def _index(self) -> dict[tuple[str, str], dict[Any, list[Row]]]:
        return {}

    @cached_property
    def _known(self) -> World:
        return {
            feed: [row for row in rows if "recorded_at" not in row or row["recorded_at"] <= self.known_at]
            for feed, rows in self.world.items()
        }

    @cached_property
    def agreements(self) -> list[Row]:
        return latest_versions(self.rows("agreement"), "agreement_id")

    @cached_property
    def protocols(self) -> list[Row]:
        return latest_versions(self.rows("protocol"), "protocol_id")


def decide(night: Night) -> dict[int, Decision]:
    """The decision on every parent of the population, by parent_id."""
    return {parent["parent_id"]: decision(night, parent) for parent in population(night)}


def decision(night: Night, parent: Row) -> Decision:
    """Released, or withheld with the first reason that applies; the recipient is named once there is one."""
    for number, (reason, withheld) in enumerate(RULES.items(), 1):
        if withheld(night, parent):
            return Decision("withheld", recipient_of(night, parent) if number > 5 else None, reason, None)
    fields = ",".join(sorted(fields_left(night, parent)))
    return Decision("released", recipient_of(night, parent), None, fields)


# Who is decided on


def population(night: Night) -> list[Row]:
    """Every parent of a family with a child under 3 that has a valid assessment.

    Reading: a family is whoever shares a family_id; one missing from `family` is decided on all the same.
    """
    return [parent for parent in night.rows("parent") if children_who_count(night, parent)]


def children_who_count(night: Night, parent: Row) -> list[Row]:
    """The family's children under 3 that have a valid assessment."""
    children = night.rows("child", family_id=parent["family_id"])
    return [child for child in children if is_under_age(night, child) and valid_assessments(night, child)]


def is_under_age(night: Night, child: Row) -> bool:
    """The third birthday is not reached."""
    return night.day < birthday(child["birth_date"], night.child_age_limit_years)


def birthday(born: date, years: int) -> date:
    """A child born on 29 February has its birthday on 1 March in a year without that day."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def valid_assessments(night: Night, child: Row) -> list[Row]:
    """Not before birth, not in the future, and with at least one criterion filled."""
    return [
        row
        for row in night.rows("indicator_assessment", child_id=child["child_id"])
        if child["birth_date"] <= row["assessed_on"] <= night.day and any(row[c] is not None for c in CRITERIA)
    ]


# The thirteen rules


def quarantined(night: Night, parent: Row) -> bool:
    """Rule 1: the row itself is wrong."""
    insz = parent["insz"]
    wrong_insz = insz is not None and not is_insz(insz)
    return wrong_insz or is_blank(parent["first_name"]) or is_blank(parent["last_name"])


def deceased(night: Night, parent: Row) -> bool:
    """Rule 2."""
    return parent["deceased_on"] is not None and parent["deceased_on"] <= night.day


def no_residence(night: Night, parent: Row) -> bool:
    """Rule 3: no residence by this day, or a municipality that is not known on it."""
    home = residence(night, parent)
    return home is None or municipality_on(home["nis_code"], night.day) is None


def confidential_address(night: Night, parent: Row) -> bool:
    """Rule 4: this parent's address is protected, or that of any other parent of the family.

    Reading: a flag that is missing protects.
    """
    homes = [residence(night, member) for member in night.rows("parent", family_id=parent["family_id"])]
    return any(home is not None and home["confidential"] is not False for home in homes)


def not_served(night: Night, parent: Row) -> bool:
    """Rule 5: not exactly one recipient serves the municipality."""
    return recipient_of(night, parent) is None


def no_agreement(night: Night, parent: Row) -> bool:
    """Rule 6."""
    return not agreements_for(night, parent)


def no_need(night: Night, parent: Row) -> bool:
    """Rule 7: no child under 3 is weak on enough criteria in its latest assessment."""
    needed = max(threshold(agreement) for agreement in agreements_for(night, parent))
    children = children_who_count(night, parent)
    return not any(weak_criteria(latest_assessment(night, child)) >= needed for child in children)


def no_protocol(night: Night, parent: Row) -> bool:
    """Rule 8."""
    return not protocols_in_force(night, recipient_of(night, parent))


def no_consent(night: Night, parent: Row) -> bool:
    """Rule 9: nothing that this parent told about this recipient counts yet."""
    return not events_that_count(night, parent)


def withdrawn(night: Night, parent: Row) -> bool:
    """Rule 10: the latest event is not a sound grant."""
    return not is_grant(latest_event(night, parent))


def consent_expired(night: Night, parent: Row) -> bool:
    """Rule 11."""
    until = latest_event(night, parent)["valid_until"]
    return until is not None and until < night.day


def text_not_accepted(night: Night, parent: Row) -> bool:
    """Rule 12: the text of the grant is unknown, or not accepted on this day."""
    texts = night.rows("consent_text", text_version=latest_event(night, parent)["text_version"])
    return not any(is_within(night.day, text["accepted_from"], text["accepted_until"]) for text in texts)


def fields(night: Night, parent: Row) -> bool:
    """Rule 13: what may pass is not a name and some way of reaching this parent."""
    home, left = residence(night, parent), fields_left(night, parent)
    filled = {
        "address": not is_blank(home["street"]) and not is_blank(home["postal_code"]),
        "phone": not is_blank(parent["phone"]),
        "email": not is_blank(parent["email"]),
    }
    return "name" not in left or not any(field in left and filled[field] for field in filled)


RULES: dict[str, Callable[[Night, Row], bool]] = {
    rule.__name__: rule
    for rule in (
        quarantined,
        deceased,
        no_residence,
        confidential_address,
        not_served,
        no_agreement,
        no_need,
        no_protocol,
        no_consent,
        withdrawn,
        consent_expired,
        text_not_accepted,
        fields,
    )
}

# Persons and values


def is_insz(text: str) -> bool:
    """11 ASCII digits; 97 minus the first nine modulo 97 is the last two, with "2" put in front from 2000 on."""
    if len(text) != 11 or not all(character in "0123456789" for character in text):
        return False
    return any(97 - int(century + text[:9]) % 97 == int(text[9:]) for century in ("", "2"))


def is_blank(text: str | None) -> bool:
    """Reading: nothing, or nothing that can be seen (every kind of white space, control and format characters)."""
    return text is None or all(c.isspace() or unicodedata.category(c)[0] in "ZC" for c in text)


def is_within(day: date, start: date | None, *ends: date | None) -> bool:
    """Both ends inclusive; no end is open-ended. Reading: no beginning is never."""
    return start is not None and start <= day and all(end is None or day <= end for end in ends)


def field_list(text: str | None) -> set[str]:
    """Reading: spaces round a name are forgiven, nothing else is (an empty item is a field of no known name)."""
    return set() if is_blank(text) else {item.strip(" ") for item in text.split(",")}


# Places


def residence(night: Night, parent: Row) -> Row | None:
    """The row with the latest valid_from up to this day, then the latest recorded."""
    rows = [r for r in night.rows("residence", parent_id=parent["parent_id"]) if r["valid_from"] <= night.day]
    return max(rows, key=lambda row: (row["valid_from"], row["recorded_at"]), default=None)


@cache
def reference(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def codes_on(day: date) -> set[str]:
    """308 municipalities to 2018, 300 from 2019, 285 from 2025, and 19 in Brussels."""
    flanders = "2018" if day.year <= 2018 else "2019_2024" if day.year <= 2024 else "2025"
    rows = reference(f"municipalities_{flanders}") + reference("municipalities_brussels")
    return {row["nis"] for row in rows}


def municipality_on(code: str | None, day: date) -> str | None:
    """The code as it stands on this day: itself when current, else where mergers up to then brought it."""
    seen: set[str | None] = set()
    while code not in codes_on(day):
        seen.add(code)
        successors = {m["nieuwe_nis"] for m in mergers_by(day) if m["oude_nis"] == code} - seen
        if len(successors) != 1:
            return None
        (code,) = successors
    return code


def mergers_by(day: date) -> list[dict[str, str]]:
    return [merger for merger in reference("mergers") if date.fromisoformat(merger["datum"]) <= day]


def last_shaped(codes: set[str], day: date) -> date | None:
    """The date of the latest merger up to this day that made one of these municipalities what it is."""
    dates = (date.fromisoformat(m["datum"]) for m in mergers_by(day) if m["nieuwe_nis"] in codes)
    return max(dates, default=None)


def serving(night: Night, **where: str | None) -> list[Row]:
    """Who serves where on this day. Reading: only codes on addresses are mapped by mergers, not these."""
    rows = night.rows("recipient_municipality", **where)
    return [row for row in rows if is_within(night.day, row["valid_from"], row["valid_until"])]


def recipient_of(night: Night, parent: Row) -> str | None:
    """The one recipient that serves where this parent lives. Reading: one that is in the register."""
    home = residence(night, parent)
    municipality = municipality_on(home["nis_code"], night.day) if home else None
    kbos = {row["kbo"] for row in serving(night, nis_code=municipality)}
    if municipality is None or len(kbos) != 1:
        return None
    (kbo,) = kbos
    return kbo if night.rows("recipient", kbo=kbo) else None


# Papers


def latest_versions(rows: list[Row], key: str) -> list[Row]:
    """Of every paper the version recorded last."""
    versions: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row["recorded_at"]):
        versions[row[key]] = row
    return list(versions.values())


def is_signed_and_running(night: Night, paper: Row) -> bool:
    """Signed on or before this day, begun, and neither run out nor ended early."""
    signed = paper["signed_on"] is not None and paper["signed_on"] <= night.day
    return signed and is_within(night.day, paper["valid_from"], paper["valid_until"], paper["ended_on"])


def is_suspended(night: Night, paper: Row) -> bool:
    """Its term began before the latest merger that shaped a municipality its recipient serves."""
    shaped = last_shaped({row["nis_code"] for row in serving(night, kbo=paper["kbo"])}, night.day)
    return shaped is not None and paper["valid_from"] < shaped


def agreements_in_force(night: Night, kbo: str | None) -> list[Row]:
    """A threshold that is not 1 to 6 is an error, and not in force."""
    return [
        paper
        for paper in night.agreements
        if paper["kbo"] == kbo
        and is_signed_and_running(night, paper)
        and not is_suspended(night, paper)
        and (paper["min_criteria"] is None or 1 <= paper["min_criteria"] <= 6)
    ]


def agreements_for(night: Night, parent: Row) -> list[Row]:
    """In force between the recipient and the team that follows the family."""
    teams = [row["local_team_id"] for row in night.rows("family", family_id=parent["family_id"])]
    papers = agreements_in_force(night, recipient_of(night, parent))
    return [paper for paper in papers if paper["local_team_id"] in teams]


def threshold(agreement: Row) -> int:
    """How many weak criteria make a need; nothing stated is three."""
    return 3 if agreement["min_criteria"] is None else int(agreement["min_criteria"])


def protocols_in_force(night: Night, kbo: str | None) -> list[Row]:
    """Reading: an address of publication that is blank is none."""
    return [
        paper
        for paper in night.protocols
        if paper["kbo"] == kbo
        and is_signed_and_running(night, paper)
        and not is_suspended(night, paper)
        and paper["legal_basis"] == "decree-2022-02-04"
        and paper["kind"] == "protocol"
        and not is_blank(paper["published_url"])
        and paper["dpo_advice_on"] is not None
        and paper["dpo_advice_on"] <= night.day
        and field_list(paper["fields"]) <= DECREE
    ]


def covered(night: Night) -> list[Covered]:
    """Who gets a drop, rows or none: whoever has an agreement and a protocol in force."""
    found = []
    for kbo in sorted({row["kbo"] for row in night.rows("recipient")}):
        agreements = sorted(paper["agreement_id"] for paper in agreements_in_force(night, kbo))
        protocols = protocols_in_force(night, kbo)
        if agreements and protocols:
            ids = tuple(sorted(paper["protocol_id"] for paper in protocols))
            found.append(Covered(kbo, tuple(agreements), ids, min(p["retention_days"] for p in protocols)))
    return found


# Need


def latest_assessment(night: Night, child: Row) -> Row:
    """The latest assessed, then the latest recorded, then the highest id."""
    rows = valid_assessments(night, child)
    return max(rows, key=lambda row: (row["assessed_on"], row["recorded_at"], row["assessment_id"]))


def weak_criteria(assessment: Row) -> int:
    """NULL is not weak."""
    return sum(assessment[criterion] is True for criterion in CRITERIA)


# Consent


def is_grant(event: Row) -> bool:
    """A sound grant. Anything else counts as a withdrawal: it is one, or it is malformed."""
    asked = field_list(event["fields"])
    return event["kind"] == "grant" and not is_blank(event["text_version"]) and bool(asked) and asked <= DECREE


def counts_from(event: Row) -> datetime:
    """A grant counts from when it was given; anything else also from when it was recorded, if that is earlier."""
    occurred: datetime = event["occurred_at"]
    return occurred if is_grant(event) else min(occurred, event["recorded_at"])


def events_that_count(night: Night, parent: Row) -> list[Row]:
    """This parent's, for this recipient."""
    mine = night.rows("consent_event", parent_id=parent["parent_id"], kbo=recipient_of(night, parent))
    return [event for event in mine if counts_from(event) <= night.at]


def latest_event(night: Night, parent: Row) -> Row:
    """The one that counts from the latest instant; there a withdrawal wins, then the later recorded, then the id."""
    return max(
        events_that_count(night, parent),
        key=lambda event: (counts_from(event), not is_grant(event), event["recorded_at"], event["event_id"]),
    )


def fields_left(night: Night, parent: Row) -> set[str]:
    """Decree AND every protocol AND this grant, whether or not a column is blank for this parent."""
    left = DECREE & field_list(latest_event(night, parent)["fields"])
    for protocol in protocols_in_force(night, recipient_of(night, parent)):
        left &= field_list(protocol["fields"])
    return left
