"""Anchors: put once, never rewritten, and missed when one is gone."""

import errno
import json
import os
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.core.errors import LedgerUnavailable
from pipeline.core.model import Head
from pipeline.ledger.anchors import Anchor, newest_anchor, put_anchor, read_anchors

AT = datetime(2026, 6, 15, 3, 30, 0, 7, tzinfo=timezone(timedelta(hours=2)))
NAME = "20260615T013000000007Z-12.json"
HEAD = Head(12, "ab" * 32)


def put(folder: Path, head: Head = HEAD, minutes: int = 0) -> None:
    put_anchor(folder, head, newest_anchor(folder), "run", AT + timedelta(minutes=minutes))


def test_it_says_where_the_chain_stood_and_when(tmp_path: Path) -> None:
    put(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == NAME
    assert json.loads(path.read_bytes()) == {
        "at": AT.astimezone(UTC).isoformat(),
        "n": 12,
        "previous": None,
        "run": "run",
        "sha256": "ab" * 32,
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_each_names_the_one_before_it(tmp_path: Path) -> None:
    put(tmp_path)
    put(tmp_path, Head(15, "cd" * 32), 1)
    first, second = read_anchors(tmp_path)
    assert first == Anchor(NAME, HEAD, None)
    assert (second.head, second.previous) == (Head(15, "cd" * 32), NAME)
    assert newest_anchor(tmp_path) == second


def test_the_same_at_the_same_instant_is_put_once(tmp_path: Path) -> None:
    put(tmp_path)
    before = (tmp_path / NAME).stat()
    put(tmp_path)
    assert (tmp_path / NAME).stat() == before


def test_none_is_ever_rewritten(tmp_path: Path) -> None:
    put(tmp_path)
    with pytest.raises(LedgerUnavailable, match="another head is anchored"):
        put(tmp_path, Head(12, "cd" * 32))
    assert newest_anchor(tmp_path) == Anchor(NAME, HEAD, None)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A mount that is gone."""
    folder = tmp_path / "mount"
    with pytest.raises(LedgerUnavailable, match=f"in {folder} .No such file or directory.: see that .* mounted"):
        newest_anchor(folder)
    says = f"cannot be anchored in {folder} .No such file or directory., and nothing"
    with pytest.raises(LedgerUnavailable, match=says):
        put_anchor(folder, HEAD, None, "run", AT)
    assert not folder.exists()


@pytest.mark.parametrize("at", ["write", "fsync"])
def test_a_full_disk_is_an_error_and_leaves_no_half_anchor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, at, full)
    with pytest.raises(LedgerUnavailable, match="cannot be anchored"):
        put_anchor(tmp_path, HEAD, None, "run", AT)
    assert list(tmp_path.iterdir()) == []


def test_a_write_cut_short_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda _descriptor, content: len(content) - 1)
    with pytest.raises(LedgerUnavailable):
        put_anchor(tmp_path, HEAD, None, "run", AT)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"n": 12}', '{"n": 13, "sha256": "ff", "previous": null}', "\x00" * 100]
)
def test_what_cannot_be_read_is_no_head(tmp_path: Path, text: str) -> None:
    """Nor does it stand in the way of the next night: verify tells of it."""
    (tmp_path / NAME).write_text(text)
    assert [anchor.head for anchor in read_anchors(tmp_path)] == [None]
    assert newest_anchor(tmp_path) is None


def test_what_is_not_ours_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "README").write_text("keep")
    assert [anchor.name for anchor in read_anchors(tmp_path)] == [NAME]


def test_a_clock_that_was_set_back_hides_nothing(tmp_path: Path) -> None:
    """The chain only grows: what is newest is told by it."""
    put(tmp_path, Head(15, "cd" * 32))
    put(tmp_path, Head(20, "ef" * 32), minutes=-60)
    assert [one.head.n for one in read_anchors(tmp_path) if one.head] == [15, 20]
    newest = newest_anchor(tmp_path)
    assert newest and newest.head == Head(20, "ef" * 32) and newest.previous


def test_a_shorter_chain_does_not_become_the_newest_by_its_clock(tmp_path: Path) -> None:
    put(tmp_path, Head(15, "cd" * 32))
    put_anchor(tmp_path, HEAD, None, "run", AT + timedelta(days=1))
    assert newest_anchor(tmp_path) == Anchor("20260615T013000000007Z-15.json", Head(15, "cd" * 32), None)
