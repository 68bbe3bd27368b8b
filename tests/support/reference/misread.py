"""The reference with one sentence of DOMAIN.md read wrongly: where, and how."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tests.support.reference.gate import RULES, Night, consent, need, places, values
from tests.support.worlds.tables import Row

Misread = tuple[str, Any]
"""A name as "module.function" of the reference, and what stands there instead."""


def within_but(first: int, last: int) -> Callable[..., bool]:
    """The period shifted at an end."""
    as_it_is, step = values.is_within, timedelta(days=1)

    def is_within(day: date, start: date | None, *ends: date | None) -> bool:
        moved = None if start is None else start + first * step
        return as_it_is(day, moved, *(None if end is None else end + last * step for end in ends))

    return is_within


def assessed_by(*columns: str) -> Callable[[Night, Row], Row]:
    return lambda night, child: max(need.valid_assessments(night, child), key=lambda r: [r[c] for c in columns])


def lived_by(*columns: str) -> Callable[[Night, Row], Row | None]:
    def residence(night: Night, parent: Row) -> Row | None:
        rows = [r for r in places.begun_residences(night, parent) if r["valid_from"] and r["recorded_at"]]
        return max(rows, key=lambda row: [row[column] for column in columns], default=None)

    return residence


def set_apart_but(spared: str) -> Callable[[str, Row], bool]:
    as_it_is = values.sets_apart
    return lambda feed, row: feed != spared and as_it_is(feed, row)


def protected_when(tells: Callable[[Row, Row], bool]) -> Callable[[Night, Row], bool]:
    """A protected row of those begun, compared with the current one."""

    def is_protected(night: Night, parent: Row) -> bool:
        current = places.residence(night, parent)
        rows = [row for row in places.begun_residences(night, parent) if row["confidential"] is not False]
        return current is not None and any(row["recorded_at"] is None or tells(row, current) for row in rows)

    return is_protected


PERSONS_AND_PLACES: dict[str, Misread] = {
    "the latest recorded residence": ("places.residence", lived_by("recorded_at")),
    "an earlier beginning wins": ("places.residence", lived_by("recorded_at", "valid_from")),
    "the current address alone protects": ("places.is_protected", protected_when(lambda row, current: row is current)),
    "every protected row protects": ("places.is_protected", protected_when(lambda row, current: True)),
    "no code is mapped": ("places.municipality_on", lambda code, day: code if code in places.codes_on(day) else None),
    "mergers of the future map": ("places.mergers_by", lambda day: places.reference("mergers")),
    "INSZ of before 2000 only": (
        "values.is_insz",
        lambda text: text.isascii() and text.isdigit() and len(text) == 11 and 97 - int(text[:9]) % 97 == int(text[9:]),
    ),
    "any digits make an INSZ": (
        "values.is_insz",
        lambda text: (
            len(text) == 11
            and text.isdigit()
            and any(97 - int(century + text[:9]) % 97 == int(text[9:]) for century in ("", "2"))
        ),
    ),
    "blank is empty": ("values.is_blank", lambda text: not text),
    **{
        f"an impossible value in {feed} is nothing": ("values.sets_apart", set_apart_but(feed))
        for feed in values.NEVER_NULL
    },
    "an event without a date sets apart": ("values.sets_apart", lambda feed, row: bool(values.impossible(feed, row))),
}
PAPERS: dict[str, Misread] = {
    "a period begins a day late": ("values.is_within", within_but(1, 0)),
    "a period begins a day early": ("values.is_within", within_but(-1, 0)),
    "a period ends a day early": ("values.is_within", within_but(0, -1)),
    "a period ends a day late": ("values.is_within", within_but(0, 1)),
    "nothing is suspended": ("papers.is_suspended", lambda night, paper: False),
    "the agency publishes alone": ("papers.is_published", lambda paper: not values.is_blank(paper["published_url"])),
    "the recipient publishes alone": (
        "papers.is_published",
        lambda paper: not values.is_blank(paper["recipient_published_url"]),
    ),
    "one officer advises": (
        "papers.is_advised",
        lambda night, paper: any(values.by(paper[f"{of}dpo_advice_on"], night.day) for of in ("", "recipient_")),
    ),
    "an advice of tomorrow will do": (
        "papers.is_advised",
        lambda night, paper: paper["dpo_advice_on"] is not None and paper["recipient_dpo_advice_on"] is not None,
    ),
    "any threshold is one": ("papers.has_threshold", lambda agreement: True),
    "the lowest threshold": ("need.max", lambda found, **more: min(found) if not more else max(found, **more)),
    "a field may be unknown": ("values.DECREE", {*values.DECREE, "insz", "Name", "", "name;phone", "name;address"}),
}
NEEDS: dict[str, Misread] = {
    "an assessment tie goes to any": ("need.latest_assessment", assessed_by("assessed_on", "assessment_id")),
    "the latest recorded assessment": ("need.latest_assessment", assessed_by("recorded_at", "assessment_id")),
    "what is not assessed is weak": ("need.weak_criteria", lambda row: sum(row[c] is not False for c in need.CRITERIA)),
    "29 February has its birthday on the 28th": (
        "need.birthday",
        lambda born, years: (
            date(born.year + years, 2, 28)
            if (born.month, born.day) == (2, 29)
            else born.replace(year=born.year + years)
        ),
    ),
}


def looked_at_by(*columns: str, ever: bool = False, for_anyone: bool = False) -> Callable[[Night, Row], Row | None]:
    """The grant by other columns; of the future too; for whatever recipient."""

    def grant_looked_at(night: Night, parent: Row) -> Row | None:
        kbo = {} if for_anyone else {"kbo": places.recipient_of(night, parent)}
        mine = night.rows("consent_event", parent_id=parent["parent_id"], **kbo)
        grants = [row for row in mine if consent.is_grant(row) and (ever or row["occurred_at"] <= night.at)]
        return max(grants, key=lambda row: [row[column] for column in columns], default=None)

    return grant_looked_at


def holds_when(tells: Callable[[Row, Any, Any], bool]) -> Callable[[Row, Row], bool]:
    """`tells` is given the grant, from when the no counts and when it was recorded."""

    def holds_against(grant: Row, no: Row) -> bool:
        start, recorded = consent.counts_from(no), no["recorded_at"]
        return start is not None and recorded is not None and tells(grant, start, recorded)

    return holds_against


def noes_but(spared: Callable[[Row], bool]) -> Callable[[Row], bool]:
    return lambda event: not consent.is_grant(event) and not spared(event)


def of_digits(night: Night, no: Row, kbo: str | None) -> bool:
    """A recipient's number in any spelling is its number."""
    is_placed = places.is_placed(night, (values.digits(no["kbo"]) or "").rjust(10, "0"))
    return no["kbo"] == kbo or not is_placed


AS_LOOKED_AT = ("occurred_at", "recorded_at", "event_id")
CONSENTS: dict[str, Misread] = {
    "a no counts from its date alone": ("consent.counts_from", lambda no: no["occurred_at"] or no["recorded_at"]),
    "a no counts from its recording alone": ("consent.counts_from", lambda no: no["recorded_at"]),
    "it suffices to occur later": (
        "consent.holds_against",
        holds_when(lambda grant, start, recorded: grant["occurred_at"] > start),
    ),
    "it suffices to be recorded later": (
        "consent.holds_against",
        holds_when(lambda grant, start, recorded: grant["recorded_at"] > recorded),
    ),
    "occurring at once will do": (
        "consent.holds_against",
        holds_when(lambda grant, start, recorded: grant["occurred_at"] >= start and grant["recorded_at"] > recorded),
    ),
    "recording at once will do": (
        "consent.holds_against",
        holds_when(lambda grant, start, recorded: grant["occurred_at"] > start and grant["recorded_at"] >= recorded),
    ),
    "later than one no will do": ("rules.all", any),
    "the latest recorded grant": ("consent.grant_looked_at", looked_at_by("recorded_at", "occurred_at", "event_id")),
    "of two grants at once the higher id": ("consent.grant_looked_at", looked_at_by("occurred_at", "event_id")),
    "grants of the future count": ("consent.grant_looked_at", looked_at_by(*AS_LOOKED_AT, ever=True)),
    "consent for anyone is consent": ("consent.grant_looked_at", looked_at_by(*AS_LOOKED_AT, for_anyone=True)),
    "a no for nobody counts for nobody": ("consent.is_for", lambda night, no, kbo: no["kbo"] == kbo),
    "a no for anyone counts": ("consent.is_for", lambda night, no, kbo: True),
    "a recipient's number in any spelling": ("consent.is_for", of_digits),
    "only a withdrawal is for everyone": (
        "consent.is_for",
        lambda night, no, kbo: (
            no["kbo"] == kbo or (no["kind"] == "withdrawal" and not places.is_placed(night, no["kbo"]))
        ),
    ),
    "a malformed grant is for everyone": (
        "consent.is_for",
        lambda night, no, kbo: no["kbo"] == kbo or not places.is_placed(night, no["kbo"]),
    ),
    "whoever is registered is placed": ("places.is_placed", lambda night, kbo: bool(night.rows("recipient", kbo=kbo))),
    "an old code is served": (
        "places.is_placed",
        lambda night, kbo: bool(night.rows("recipient", kbo=kbo)) and bool(places.serving(night, kbo=kbo)),
    ),
    "a no is of one row": ("consent.rows_of_person", lambda night, parent: [parent["parent_id"]]),
    "an INSZ is compared as text": ("values.digits", lambda insz: insz or ""),
    "ASCII digits alone are compared": (
        "values.digits",
        lambda insz: "".join(c for c in insz or "" if c in "0123456789"),
    ),
    "nobody's INSZ is somebody's": ("values.digits", lambda insz: "".join(c for c in insz or "none" if c != ".")),
    "an unknown kind is nothing": (
        "consent.is_no",
        noes_but(lambda event: event["kind"] not in ("grant", "withdrawal")),
    ),
    "a malformed grant is nothing": ("consent.is_no", noes_but(lambda event: event["kind"] == "grant")),
    "a grant without a date is nothing": (
        "consent.is_no",
        noes_but(lambda event: event["kind"] == "grant" and event["occurred_at"] is None),
    ),
    "a no without a date is nothing": ("consent.is_no", noes_but(lambda event: event["occurred_at"] is None)),
}
MISREAD: dict[str, Misread] = {
    **PERSONS_AND_PLACES,
    **PAPERS,
    **NEEDS,
    **CONSENTS,
    **{f"rule {name} never bites": (f"RULES.{name}", lambda night, parent: False) for name in list(RULES)[:5]},
    **{f"rule {name} never bites": (f"RULES.{name}", lambda night, parent: False) for name in list(RULES)[10:]},
}
