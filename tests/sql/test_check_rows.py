"""Row checks: what each sets apart, counted by rule; a table of rows and the rule they fail."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.model import Finding
from pipeline.core.settings import Settings
from tests.support.rechecked import recheck
from tests.support.worlds.tables import AT, instant, moment, stage, world


def findings(change: dict[str, list[dict[str, Any]]], folder: Path) -> tuple[Finding, ...]:
    return recheck(stage(world(change), folder).snapshot, moment(), instant(AT), Settings()).findings


BAD = {
    # INSZ: rule 1 of the gate
    ("parent", "insz", "9001010002"): "insz_form",
    ("parent", "insz", ""): "insz_form",
    ("parent", "insz", "90.01.01-000.24"): "insz_form",
    ("parent", "insz", "\uff19\uff10\uff10\uff11\uff10\uff11\uff10\uff10\uff10\uff12\uff14"): "insz_form",
    ("parent", "insz", "90010100025"): "insz_modulo_97",
    ("parent", "first_name", None): "first_name_blank",
    ("parent", "first_name", " \u200b\u00a0"): "first_name_blank",
    ("parent", "last_name", ""): "last_name_blank",
    # Counted only
    ("parent", "phone", "bel mij"): "phone_form",
    ("parent", "phone", "0123"): "phone_form",
    ("parent", "phone", "+32"): "phone_form",
    ("parent", "phone", "+3290000000000000"): "phone_form",
    ("parent", "email", "noor"): "email_form",
    ("parent", "email", "noor@example"): "email_form",
    ("parent", "email", "noor@@example.org"): "email_form",
    ("parent", "email", "noor voorbeeld@example.org"): "email_form",
    # Rule 10 of the gate
    ("consent_event", "kind", "grnat"): "kind_unknown",
    ("consent_event", "kind", ""): "kind_unknown",
    ("consent_event", "text_version", None): "grant_without_text_version",
    ("consent_event", "fields", " "): "grant_without_fields",
    ("consent_event", "fields", "name,insz"): "field_outside_decree",
    # Points nowhere
    ("consent_event", "parent_id", 99): "parent_unknown",
    ("consent_event", "kbo", "0999999999"): "recipient_unknown",
    ("residence", "parent_id", 99): "parent_unknown",
    ("indicator_assessment", "child_id", 99): "child_unknown",
}


@pytest.mark.parametrize(("place", "rule"), BAD.items(), ids=[f"{p[1]}={p[2]!r}"[:40] for p in BAD])
def test_a_bad_row_is_counted_under_its_rule(place: tuple[str, str, Any], rule: str, tmp_path: Path) -> None:
    feed, column, value = place
    assert findings({feed: [{column: value}]}, tmp_path) == (Finding(feed, rule, 1, 1),)


GOOD = [
    ("insz", None),
    ("insz", "90010100024"),
    ("insz", "20010100051"),  # born in 2020, with "2" put in front
    ("phone", None),
    ("phone", " "),
    ("phone", "09 000 00 00"),
    ("phone", "0470/00.00.00"),
    ("phone", "+32 (0)470 00 00 00"),
    ("phone", "0032 470 00 00 00"),
    ("phone", "+31-20-0000000"),
    ("email", None),
    ("email", ""),
    ("email", "n.v+ocmw@mail.example.org"),
]


def insz_of_2020() -> str:
    return "200101000" + f"{97 - int('2200101000') % 97:02}"


@pytest.mark.parametrize(("column", "value"), GOOD, ids=[f"{c}={v!r}" for c, v in GOOD])
def test_a_good_row_is_not(column: str, value: str | None, tmp_path: Path) -> None:
    value = insz_of_2020() if value == "20010100051" else value
    assert findings({"parent": [{column: value}]}, tmp_path) == ()


@pytest.mark.parametrize("nothing", [{}, {"fields": None}, {"text_version": " "}])
def test_a_withdrawal_needs_neither_text_nor_fields(nothing: dict[str, str | None], tmp_path: Path) -> None:
    assert findings({"consent_event": [{"kind": "withdrawal"} | nothing]}, tmp_path) == ()


def test_the_baseline_has_no_findings(tmp_path: Path) -> None:
    assert findings({}, tmp_path) == ()


def test_one_row_may_fail_several_rules_and_a_rule_counts_rows_of_its_own_feed(tmp_path: Path) -> None:
    parents = [{"first_name": "", "last_name": ""}, {"first_name": None}, {}]
    assert findings({"parent": parents}, tmp_path) == (
        Finding("parent", "first_name_blank", 2, 3),
        Finding("parent", "last_name_blank", 1, 3),
    )


def test_a_row_that_points_at_nothing_at_all_points_nowhere(tmp_path: Path) -> None:
    events = [{"parent_id": 99, "kbo": ""}]
    assert findings({"consent_event": events}, tmp_path) == (
        Finding("consent_event", "parent_unknown", 1, 1),
        Finding("consent_event", "recipient_unknown", 1, 1),
    )
