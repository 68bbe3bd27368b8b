"""The whole check with Great Expectations: Data Docs without values, also after a failure, and nothing elsewhere."""

import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.core.errors import FeedError
from pipeline.core.settings import Settings
from pipeline.source.check import check
from tests.support.rechecked import recheck
from tests.support.worlds.tables import AT, World, instant, moment, stage, world

pytestmark = pytest.mark.great_expectations
NOW = instant(AT)
CANARIES = {
    "parent": {
        "parent_id": 7_460_001,
        "insz": "99887766554",
        "first_name": "Kanarievoornaam",
        "last_name": "Kanarieachternaam",
        "phone": "0499 kanarie",
        "email": "kanarie-zonder-apenstaart",
        "deceased_on": "1907-03-09",
    },
    "residence": {
        "parent_id": 7_460_002,
        "valid_from": "1906-02-08",
        "street": "Kanariestraat",
        "house_number": "kanarie 7463",
        "box_number": "kanarie 7464",
        "postal_code": "k7465",
        "nis_code": "k7466",
    },
    "child": {"child_id": 7_460_003, "birth_date": "1905-01-07"},
    "indicator_assessment": {"assessment_id": 7_460_004, "child_id": 7_460_005, "assessed_on": "1904-12-06"},
    "consent_event": {
        "event_id": 7_460_006,
        "parent_id": 7_460_007,
        "kbo": "kanarie-kbo",
        "kind": "kanarie-kind",
        "text_version": "kanarie-text",
        "fields": "kanarie-fields",
    },
}
WORDS = [str(value) for row in CANARIES.values() for value in row.values()]


def planted() -> World:
    return world({feed: [row] for feed, row in CANARIES.items()})


def texts_of(folder: Path) -> str:
    return "\n".join(p.read_text(errors="replace") for p in sorted(folder.rglob("*")) if p.is_file())


def test_canaries_are_nowhere_after_a_night_that_passed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """While the docs show counts and limits of every feed."""
    caplog.set_level(logging.DEBUG)
    docs = tmp_path / "docs"
    made = planted()
    made["parent"] += world({"parent": [{"first_name": ""}, {}, {}]})["parent"]
    done = check(stage(made, tmp_path / "staged").snapshot, moment(), NOW, Settings(), None, docs)
    assert {f.rule for f in done.checked.findings} >= {"insz_modulo_97", "email_form", "kind_unknown", "child_unknown"}
    seen = capfd.readouterr()
    everything = [texts_of(docs), repr(done), caplog.text, seen.out, seen.err, done.watermark.decode("latin-1")]
    for word in WORDS:
        assert not any(word in text for text in everything), word
    assert seen.err == "" and seen.out == ""
    assert done.checked.report == (docs / "checks.html").as_uri()
    judged = docs / "validations"
    pages = {page.relative_to(judged).parts[0]: page.read_text() for page in judged.rglob("*.html")}
    assert len(pages) == 14
    assert "first_name_blank" in pages["parent"]
    assert "age_hours" in pages["residence"] and "26" in pages["residence"]


def test_canaries_are_nowhere_after_a_night_that_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    docs = tmp_path / "docs"
    made = planted()
    for feed in CANARIES:
        made[feed] *= 2
        made[feed][0] = made[feed][0] | {"unparsable": "recorded_at" if "recorded_at" in made[feed][0] else "phone"}
    staged = stage(made, tmp_path / "staged").snapshot
    with pytest.raises(FeedError) as nightly:
        check(staged, moment(), NOW, Settings(), None, docs)
    with pytest.raises(FeedError) as before_a_delivery:
        recheck(staged, moment(), NOW, Settings())
    seen = capfd.readouterr()
    everything = [texts_of(docs), str(nightly.value), str(before_a_delivery.value), caplog.text, seen.out, seen.err]
    for word in WORDS:
        assert not any(word in text for text in everything), word


def test_a_night_that_failed_leaves_docs_and_says_where(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    staged = stage(world({"parent": []}), tmp_path / "staged").snapshot
    with pytest.raises(FeedError) as caught:
        check(staged, moment(), NOW, Settings(), None, docs)
    assert str(caught.value) == (
        "feed parent: empty; ask the agency to load it again, then run this again "
        f"(see {(docs / 'checks.html').as_uri()})"
    )
    assert Path(urlsplit(str(caught.value).split("(see ")[1].rstrip(")")).path).is_file()


def test_without_a_folder_for_its_docs_a_night_is_judged_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    staged = stage(world({"parent": []}), tmp_path / "staged").snapshot
    with (
        pytest.raises(FeedError, match=r"feed parent: empty; .* then run this again$"),
        caplog.at_level(logging.WARNING),
    ):
        check(staged, moment(), NOW, Settings(), None, tmp_path / "file" / "docs")
    for what in ("no Data Docs: ", "no page of the checks: "):
        assert f"{what}{tmp_path / 'file'} cannot be used (File exists): a file or a broken link" in caplog.text


def test_two_nights_with_the_real_judge(tmp_path: Path) -> None:
    """A night, the same again, and one on which the supplier lost a row (the table of refusals is judged plainly)."""
    settings = Settings()
    first = stage(world({"consent_event": [{}, {}]}), tmp_path / "a").snapshot
    packed = check(first, moment(), NOW, settings, None, None).watermark
    assert check(first, moment(), NOW, settings, packed, None).watermark == packed
    lost = stage(world({"consent_event": [{}]}), tmp_path / "b", read_at=NOW + timedelta(minutes=1)).snapshot
    with pytest.raises(FeedError) as caught:
        check(lost, moment(), NOW, settings, packed, None)
    assert str(caught.value) == (
        "feed consent_event: 1 of 2 rows of last night gone or altered, though it may only grow; "
        "ask the agency to restore it, then run this again"
    )


PROGRAM = """
import socket, sys, json
def refuse(*args, **kwargs):
    print("NETWORK", args); raise OSError("no network in this test")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from pathlib import Path
from pipeline.source.check import check
from pipeline.core.settings import Settings
from tests.support.worlds.tables import AT, baseline, instant, moment, stage
folder = Path(sys.argv[1])
done = check(stage(baseline(), folder / "staged").snapshot, moment(), instant(AT), Settings(), None, folder / "docs")
print(done.checked.report)
"""


def test_nothing_is_written_elsewhere_nothing_is_said_and_nobody_is_called(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    environment = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path.cwd()),
    }
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, str(tmp_path / "run")],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout == (tmp_path / "run" / "docs" / "checks.html").as_uri() + "\n"
    assert done.stderr == ""
    assert list(home.rglob("*")) == [] and list(temporary.rglob("*")) == []
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["docs", "staged"]
