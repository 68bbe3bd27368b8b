"""The chain by itself: what a hash covers, how it is written, and that whatever is done to a chain shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.model import GENESIS, Head
from pipeline.ledger import chain
from pipeline.ledger.audit import Audit, ChainedLine, StoredHead
from pipeline.ledger.chain import Link, Share, commitment, head_sha256, line_sha256, share
from pipeline.ledger.db.tables import CHAINED, REDACTED

AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
TABLE = "publication_event"


# What a hash is of


def test_the_hash_of_a_line_never_changes() -> None:
    """A ledger is verified for years: this very text is what was hashed."""
    line = {
        "id": 1,
        "kbo": "0212214125",
        "night": date(2026, 6, 15),
        "at": AT,
        "rows": 3,
        "data_sha256": {"b.csv": "bb", "a.csv": "aa"},
        "person": b"\x00\xff",
        "stem": "é\n",
        "window_ms": None,
    }
    assert chain._canonical([TABLE, {name: value for name, value in line.items() if value is not None}]) == (
        b'["publication_event",{"at":"2026-06-15T01:30:00.000000+00:00","data_sha256":{"a.csv":"aa","b.csv":"bb"},'
        b'"id":1,"kbo":"0212214125","night":"2026-06-15","person":"00ff","rows":3,"stem":"\xc3\xa9\\n"}]'
    )
    assert line_sha256(TABLE, line).hex() == "a88798ed80f47bf44be590d8cf15b227bbb0a1fafb228806a3d549339ee6a71d"
    assert share(TABLE, [line, line]).sha256 == "682c46457169d85b52a620f7a00d4c2be418c9deb0603aa9d93773416a287aee"
    assert (
        chain.link(Head(), AT, {TABLE: [line]}).head
        == "94f383dd26c882cdfcd1d8a9847fb04faedc7e0add1f8127d6f5089c593f7b01"
    )
    assert (
        commitment(b"\x01" * 16, {"reference": "R", "person": b"\x00", "insz": None})
        == "96f9c89a00eb2cbe14c2ac0c77b20190722d7444f5643f8b6fde8d6125f24485"
    )


def test_an_instant_is_hashed_as_the_same_instant_wherever_it_was_said() -> None:
    there = AT.astimezone(timezone(timedelta(hours=2)))
    assert line_sha256(TABLE, {"at": there}) == line_sha256(TABLE, {"at": AT})


def test_a_column_that_comes_later_leaves_older_lines_as_they_were() -> None:
    assert line_sha256(TABLE, {"id": 1, "new": None}) == line_sha256(TABLE, {"id": 1})


@pytest.mark.parametrize(
    "a, b",
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": "1", "b": ""}, {"a": "", "b": "1"}),
        ({"a": 'x","b":"y'}, {"a": "x", "b": "y"}),
        ({"a": None}, {"a": "null"}),
        ({"a": 0}, {"a": None}),
        ({"a": {"x": "1"}}, {"a": '{"x":"1"}'}),
        ({"a": True}, {"a": 1}),
    ],
)
def test_two_lines_that_differ_have_two_hashes(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert line_sha256(TABLE, a) != line_sha256(TABLE, b)


def test_the_table_is_part_of_it() -> None:
    assert line_sha256("answer", {"id": 1}) != line_sha256(TABLE, {"id": 1})


@pytest.mark.parametrize("value, error", [(AT.replace(tzinfo=None), ValueError), ({1}, TypeError), (1 + 2j, TypeError)])
def test_what_has_no_one_way_to_be_written_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        line_sha256(TABLE, {"a": value})


def test_no_table_of_the_chain_holds_a_fraction() -> None:
    """Databases do not agree on how to give one back."""
    for table in CHAINED.values():
        assert not any(isinstance(column.type, sa.Numeric) for column in table.columns), table.name


def test_whoever_is_redacted_leaves_nothing_to_try_by() -> None:
    for table in CHAINED.values():
        named = {
            "reference",
            "person",
            "insz",
            "consent_event",
            "parent_id",
            "event",
            "counts_from",
            "recorded_at",
            "cells",
        }
        named &= set(table.columns.keys())
        assert named == set(table.info[REDACTED]), table.name
        assert all(table.c[name].nullable for name in (*named, *({"salt"} if named else ())))


# A link


def test_a_head_depends_on_everything() -> None:
    shares = {TABLE: Share(1, "a" * 64)}
    heads = {
        head_sha256(Head(), AT, shares),
        head_sha256(Head(1, GENESIS), AT, shares),
        head_sha256(Head(0, "1" * 64), AT, shares),
        head_sha256(Head(), AT + timedelta(microseconds=1), shares),
        head_sha256(Head(), AT, {TABLE: Share(2, "a" * 64)}),
        head_sha256(Head(), AT, {TABLE: Share(1, "b" * 64)}),
        head_sha256(Head(), AT, {"answer": Share(1, "a" * 64)}),
        head_sha256(Head(), AT, {}),
    }
    assert len(heads) == 8


def test_a_link_follows_the_very_link_before_it() -> None:
    first = chain.link(Head(), AT, {TABLE: [{"id": 1}]})
    second = chain.link(Head(1, first.head), AT, {TABLE: [{"id": 2}]})
    assert first.follows(Head()) and second.follows(Head(1, first.head))
    assert not second.follows(Head()) and not first.follows(Head(1, first.head))
    assert not replace(second, n=3).follows(Head(1, first.head))


def test_a_commitment_depends_on_salt_and_each_part() -> None:
    who = {"reference": "R", "person": b"p"}
    made = {
        commitment(b"1" * 16, who),
        commitment(b"2" * 16, who),
        commitment(b"1" * 16, who | {"person": b"q"}),
        commitment(b"1" * 16, who | {"reference": None}),
    }
    assert len(made) == 4


# Whatever is done to it shows

Appended = list[list[str]]
appended = st.lists(st.lists(st.text(max_size=3), min_size=1, max_size=4), min_size=1, max_size=6)


def made(appended: Appended) -> tuple[list[Link], list[ChainedLine]]:
    links: list[Link] = []
    lines: list[ChainedLine] = []
    head, number = Head(), 0
    for texts in appended:
        rows = [{"id": number + at, "stem": text} for at, text in enumerate(texts, 1)]
        number += len(rows)
        links.append(chain.link(head, AT, {TABLE: rows}))
        head = Head(links[-1].n, links[-1].head)
        lines += [ChainedLine(head.n, TABLE, row["id"], row) for row in rows]
    return links, lines


def problems(links: Sequence[Link], lines: Sequence[ChainedLine], head: Head) -> list[str]:
    audit = Audit({TABLE: ()}, AT.date(), 3650, 3)
    return [
        each.says
        for each in audit.problems(links, sorted(lines, key=lambda line: line[:3]), [StoredHead("anchor", head)])
    ]


def end(links: Sequence[Link]) -> Head:
    return Head(links[-1].n, links[-1].head)


@given(appended)
def test_a_chain_holds(texts: Appended) -> None:
    links, lines = made(texts)
    assert problems(links, lines, end(links)) == []


@given(appended, st.data())
def test_any_change_to_its_lines_shows(texts: Appended, data: st.DataObject) -> None:
    """Deleted, changed, doubled, moved, or two exchanged."""
    links, lines = made(texts)
    at = data.draw(st.integers(0, len(lines) - 1))
    line, changed = lines[at], list(lines)
    match data.draw(st.sampled_from(["delete", "change", "double", "move", "exchange"])):
        case "delete":
            changed.pop(at)
        case "change":
            changed[at] = line._replace(row={**line.row, "stem": line.row["stem"] + "x"})
        case "double":
            changed.append(line._replace(id=99, row={**line.row, "id": 99}))
        case "move":
            changed[at] = line._replace(link=data.draw(st.integers(1, 9).filter(lambda n: n != line.link)))
        case "exchange":
            other = data.draw(st.sampled_from(lines))
            changed[at] = line._replace(row={**line.row, "stem": other.row["stem"]})
            changed[lines.index(other)] = other._replace(row={**other.row, "stem": line.row["stem"]})
            if other.row["stem"] == line.row["stem"]:
                return
    assert problems(links, changed, end(links))


@given(appended, st.data())
def test_any_change_to_its_links_shows(texts: Appended, data: st.DataObject) -> None:
    links, lines = made(texts)
    at = data.draw(st.integers(0, len(links) - 1))
    link, changed = links[at], list(links)
    match data.draw(st.sampled_from(["delete", "at", "head", "share", "exchange", "cut"])):
        case "delete":
            changed.pop(at)
        case "at":
            changed[at] = replace(link, at=AT + timedelta(seconds=1))
        case "head":
            changed[at] = replace(link, head="f" * 64)
        case "share":
            changed[at] = replace(link, shares={TABLE: Share(1, "f" * 64)})
        case "exchange":
            to = data.draw(st.integers(0, len(links) - 1))
            changed[at], changed[to] = replace(links[to], n=at + 1), replace(link, n=to + 1)
            if at == to:
                return
        case "cut":
            changed, lines = changed[:at], [line for line in lines if line.link <= at]
    assert problems(changed, lines, end(links))


@given(appended, st.data())
def test_a_chain_made_anew_contradicts_what_was_put_down(texts: Appended, data: st.DataObject) -> None:
    links, _ = made(texts)
    at = data.draw(st.integers(0, len(texts) - 1))
    again = [[*each, "x"] if place == at else each for place, each in enumerate(texts)]
    assert problems(*made(again), end(links)) == ["shows another head: the chain was made anew up to here"]


def test_a_head_of_before_the_first_link_is_known(  # an empty ledger's anchor
) -> None:
    links, lines = made([["a"]])
    assert problems(links, lines, Head()) == []
    assert problems(links, lines, Head(0, "f" * 64)) == ["shows another head: the chain was made anew up to here"]


def test_many_missing_links_are_one_problem() -> None:
    links, lines = made([["a"]] * 9)
    found = problems([links[0], *links[7:]], [line for line in lines if line.link in (1, 8, 9)], end(links))
    assert found == ["links 2 to 7 are gone"]
