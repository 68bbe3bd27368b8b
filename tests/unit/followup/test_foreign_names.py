"""Whatever else lies in a recipient's folder, under whatever name: no recall and no notice waits for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Step
from tests.support.followup import followup_world
from tests.support.publishing import Killed

DROP, NOTICE = "AANMELDING_OPGROEIEN_0212214125_20260615", "INTREKKING_OPGROEIEN_0212214125_20260615"
NAMES = (
    f"{NOTICE}_000001.csv",
    f"{NOTICE}_000001.GO",
    f"{NOTICE}_000001_HERHAALT_000001.csv.pgp",
    f"{NOTICE}_000001.ACK",
    f"{DROP}_000001.ACK",
    f"{DROP}_000002.csv",
    f"{DROP}_000099.datapackage.json",
    f".{NOTICE}_000001.csv.0123456789ab.part",
    f".{DROP}_000001.GO.0123456789ab.part",
    f"{NOTICE}_1.csv",
    "nota's.docx",
)
KINDS: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: path.write_text("theirs"),
    "a folder": lambda path: path.mkdir(),
    "a broken link": lambda path: path.symlink_to("gone"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_recall_and_a_notice_go_beside_it(tmp_path: Path, name: str, kind: str) -> None:
    made = followup_world(tmp_path)
    KINDS[kind](made.view.path / name)
    made.withdraw("R0")
    assert made.process_pickups().recalled == 1 and made.view.go_files() == []
    (notice,) = made.notify()
    assert notice.step is Step.PUBLISHED and made.told[notice.stem].count("R0") == 1
    taken = name.startswith(NOTICE) and "_000001" in name and "ACK" not in name
    assert notice.number == (2 if taken else 1)
    if kind == "a folder":
        assert (made.view.path / name).is_dir(), "it is not ours to take away"


def test_a_folder_acknowledges_nothing(tmp_path: Path) -> None:
    """Whenever it came: before its drop counted, it would not be known as early."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    (notice,) = made.notify()
    for stem in (notice.stem, *made.view.go_files()):
        (made.view.path / f"{stem}.ACK").mkdir()
    found = made.process_pickups()
    assert (found.acknowledged, found.notices_acknowledged) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_put_under_the_names_of_a_drop_that_is_gone_holds_up_nothing(tmp_path: Path, kind: str) -> None:
    """What came back is taken away; what is no file never lay there."""
    made = followup_world(tmp_path)
    (stem,) = made.view.go_files()
    made.view.fetch(stem)
    made.process_pickups()
    made.deliver(1)
    made.view.gone.discard(stem)
    for suffix in (".0.csv", ".datapackage.json"):
        KINDS[kind](made.view.path / f"{stem}{suffix}")
    made.withdraw("R0")
    found = made.process_pickups(nights_later=1)
    assert (found.recalled, found.returned) == (1, kind == "a file")
    assert made.kinds == [Kind.FETCHED, Kind.RECALLED] and len(made.notify(nights_later=1)) == 1


@pytest.mark.parametrize("error", [DeliveryRefused, DeliveryTransient])
def test_what_the_host_refuses_of_one_drop_keeps_back_no_other_and_no_notice(
    tmp_path: Path, error: type[Exception]
) -> None:
    """Red, once all else is done: here a notice is acknowledged, and another drop recalled."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    (notice,) = made.notify()
    with pytest.raises(Killed):
        made.deliver(1, step=_stops_at_removal)
    first, _ = made.view.go_files()
    made.withdraw("R1")
    made.acknowledge(notice.stem)

    def refuse(step: str) -> None:
        if step == f"remove {first}.GO":
            raise error("it may not be removed")

    with pytest.raises(error, match="it may not be removed"):
        made.process_pickups(refuse)
    assert made.kinds == [Kind.WITHDRAWING, Kind.RECALLED] and made.view.go_files() == [first]
    assert made.notices[0].step is Step.ACKNOWLEDGED and len(made.notify()) == 1
    assert made.process_pickups().recalled == 0 and made.view.go_files() == []


def test_a_folder_that_holds_too_much_to_be_listed_likewise(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")

    def refuse(step: str) -> None:
        if step in ("list", "remove_temporary"):
            raise DeliveryRefused("it holds more than 100,000 files")

    with pytest.raises(DeliveryRefused, match="holds more than"):
        made.process_pickups(refuse)
    with pytest.raises(DeliveryRefused, match="holds more than"):
        made.notify(refuse)
    assert made.kinds == [Kind.RECALLED] and [one.step for one in made.notices] == [Step.PUBLISHED]


def _stops_at_removal(step: str) -> None:
    """The newer drop counts, and the older one still lies there."""
    if step == "record withdrawing":
        raise Killed(step)
