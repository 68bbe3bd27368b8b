"""Drops that a restored ledger lacks, in the order in which they are put on record again."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.followup.lost_drops import LostDrop, in_order, parse_lost_drop
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import Contents

AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
HERE = DropPlace("first", "drop_host", "SHA256:one", "ocmw-gent", "/out")

NAME = "AANMELDING_OPGROEIEN_0212214125_20260615_000001.datapackage.json"


def lost(sequence: int, place: DropPlace | None = None) -> LostDrop:
    contents = Contents(sequence, f"drop {sequence}", 3, {}, f"drop {sequence}.json", str(sequence), place=place)
    return LostDrop(Kbo("0212214125"), date(2026, 6, 15), contents, AT, (), (), 90, "key", None, b"", None)


def test_they_follow_by_number() -> None:
    assert in_order([lost(3), lost(1), lost(2)]) == [lost(1), lost(2), lost(3)]


def test_one_that_is_told_of_twice_stays_as_it_was_found_at_its_place() -> None:
    """On the host first, then as a file that a person gives: that one says no place."""
    found = lost(1, HERE)
    assert in_order([found, replace(found, contents=replace(found.contents, place=None)), lost(2)]) == [found, lost(2)]


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"n": "' + bytes(2 << 20) + b'"}', b"[]", b"\xff"])
def test_what_is_no_manifest_of_ours_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(SettingsError, match="cannot be read as a manifest"):
        parse_lost_drop(NAME, content, None)


def told(**size: object) -> bytes:
    """A manifest of a drop with one file."""
    listed = {"path": "X.csv", "hash": "sha256:aa", **size}
    said = {"recipient": {"kbo": "0212214125"}, "night": "2026-06-15", "sequence": 1, "rows": 0, "resources": [listed]}
    papers = {"agreements": [], "protocols": [], "retention_days": 90, "reference_key_id": "key"}
    return json.dumps(said | papers | {"decided_at": AT.isoformat()}).encode()


@pytest.mark.parametrize("size", [{}, *({"bytes": value} for value in (None, True, -1, 1.5, "9"))])
def test_a_manifest_that_does_not_say_how_large_its_files_are_is_none_of_ours(size: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="cannot be read as a manifest"):
        parse_lost_drop(NAME, told(**size), None)


def test_the_sizes_of_its_files_are_those_of_its_manifest() -> None:
    contents = parse_lost_drop(NAME, manifest := told(bytes=9), b"sig").contents
    assert contents.sizes == {"X.csv": 9, NAME: len(manifest), f"{NAME}.sig": 3}
