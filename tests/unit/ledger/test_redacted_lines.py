"""Which lines were redacted, beside the anchors: noted before it is done, read back whole, and never rewritten."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import LedgerUnavailable
from pipeline.ledger.anchors import read_anchors
from pipeline.ledger.redacted_lines import put_redacted, read_redacted

AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)


def test_all_that_was_noted_is_read_back_and_is_no_anchor(tmp_path: Path) -> None:
    put_redacted(tmp_path, AT, {"disclosure": ["aa", "bb"], "withdrawal": []})
    put_redacted(tmp_path, AT, {"disclosure": ["aa", "bb"], "withdrawal": []})
    put_redacted(tmp_path, AT, {"disclosure": ["cc"]})
    put_redacted(tmp_path, AT + timedelta(1), {"withdrawal": ["dd"]})
    assert read_redacted(tmp_path) == {"disclosure": {"aa", "bb", "cc"}, "withdrawal": {"dd"}}
    assert len(list(tmp_path.iterdir())) == 3 and read_anchors(tmp_path) == []
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o440}


def test_one_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    """Its redaction was not made: the note is whole on disk before."""
    put_redacted(tmp_path, AT, {"disclosure": ["aa"]})
    (tmp_path / "redacted-20260616T013000000000Z-0123456789ab.json").write_text('{"disclosure": ["b')
    (tmp_path / "something else.json").write_text('{"disclosure": ["x"]}')
    assert read_redacted(tmp_path) == {"disclosure": {"aa"}}


def test_where_nothing_can_be_noted_nothing_may_be_redacted(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="nothing was redacted: see that the folder of GEGEVENSDELING_ANCHORS"):
        put_redacted(tmp_path / "gone", AT, {"disclosure": ["aa"]})
    reason = r"/gone cannot be used \(No such file or directory\).*GEGEVENSDELING_ANCHORS is there and mounted"
    with pytest.raises(LedgerUnavailable, match=reason):
        read_redacted(tmp_path / "gone")
