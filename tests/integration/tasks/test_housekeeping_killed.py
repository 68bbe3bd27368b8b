"""Housekeeping killed with -9 between its requests to a real OpenSSH and its lines in the ledger, when all is due.

Brugge fetched its drop and acknowledged it. Gent acknowledged a notice, and its second drop, which still lies there;
since then another parent in that drop withdrew: it is recalled, Gent is told, and another comes in its place.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.core.model import Kbo
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.followup.pickup import FollowupResult
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Step
from tests.integration.tasks.test_housekeeping import withdraws
from tests.support.drops import whole_drops
from tests.support.hours import Before, Eyes, Hour, origin
from tests.support.night import House, lay, run_night
from tests.support.saved_house import save
from tests.support.servers.openssh import OpenSsh
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

EVERY = 37
ONCE = {
    BRUGGE: {Kind.PUBLISHED: 1, Kind.FETCHED: 1, Kind.ACKNOWLEDGED: 1},
    GENT: {Kind.PUBLISHED: 3, Kind.ACKNOWLEDGED: 1, Kind.RECALLING: 2, Kind.RECALLED: 2},
}
"""Of these kinds of events, all that there are in the end; a try that is begun anew is another matter."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, openssh: OpenSsh) -> Iterator[Before]:
    folder = tmp_path_factory.mktemp("killed")
    with lay(folder / "house", small_world({BRUGGE: 1, GENT: 4})) as house, origin() as fresh:
        hour = Hour(house, _move_in(house, openssh), fresh)
        assert not run_night(house.night("night")).errors
        hour.look()
        withdraws(house, 204)
        assert [one.replaced is None for one in hour.run("earlier")] == [True, False]
        hour.look()
        _answer(hour)
        withdraws(house, 202)
        for kbo, eyes in hour.eyes.items():
            shutil.copytree(eyes.out, folder / "out" / kbo)
        yield Before(save(house, folder / "copy"), folder / "out", hour.eyes, fresh)


def _move_in(house: House, server: OpenSsh) -> dict[Kbo, Eyes]:
    """OpenSSH in the place of the demo's host."""
    accounts = dict(zip((BRUGGE, GENT), server.accounts, strict=False))
    extra = {"host_key": server.host_key, "private_key": server.private_key}
    host = {"conn_type": "sftp", "host": "127.0.0.1", "port": server.port, "extra": extra}
    house.environment["AIRFLOW_CONN_DROP_HOST"] = json.dumps(host)
    known = load_recipients(house.home.recipients).values()
    save_recipients(house.home.recipients, [replace(one, account=accounts[one.kbo]) for one in known])
    house.seal()
    return {kbo: Eyes(server.empty(account)) for kbo, account in accounts.items()}


def _answer(hour: Hour) -> None:
    """What both recipients do: see above."""
    brugge, gent = (hour.eyes[kbo].out for kbo in (BRUGGE, GENT))
    (drop,) = whole_drops(brugge)
    for path in brugge.iterdir():
        path.unlink()
    (brugge / f"{drop.stem}.ACK").touch()
    for go in list(gent.glob("*.GO")):
        go.with_suffix(".ACK").touch()
    hour.look()


def test_killed_between_its_requests(before: Before) -> None:
    at, died = 1, True
    while died:
        hour, run = before.anew(), f"hour {at}"
        died = hour.killed_at(at, run)
        hour.look()
        again = hour.run(run if at % 2 else "the next hour")
        is_as_if_nothing_had_happened(hour)
        at += EVERY
    assert at > 200, "so many steps there are"
    assert again == [FollowupResult(BRUGGE), FollowupResult(GENT)], "after a whole hour nothing is left to do"


def is_as_if_nothing_had_happened(hour: Hour) -> None:
    hour.look()
    assert hour.problems() == []
    for kbo, once in ONCE.items():
        found = Counter(event.kind for event in hour.ledger.recipient(kbo).events())
        assert {kind: found[kind] for kind in once} == once
    assert list(hour.eyes[BRUGGE].out.iterdir()) == [] and hour.ledger.recipient(BRUGGE).notices() == ()
    _gent_has_what_it_should(hour)


def _gent_has_what_it_should(hour: Hour) -> None:
    ledger, eyes = hour.ledger, hour.eyes[GENT]
    first, second, third = ledger.recipient(GENT).delivery_state(hour.house.night().night).drops
    assert (first.kind, second.kind, third.kind) == (Kind.RECALLED, Kind.RECALLED, Kind.PUBLISHED)
    told, new = ledger.recipient(GENT).notices()
    assert (told.step, new.step) == (Step.ACKNOWLEDGED, Step.PUBLISHED) and ledger.recipient(GENT).not_notified() == ()
    *_, withdrawal = ledger.recipient(GENT).withdrawals()
    text = (eyes.out / f"{new.stem}.csv").read_text("utf-8-sig")
    assert text.split("\n")[1].startswith(f"{withdrawal.reference};") and new.rows == 1 == text.count("\n") - 1
    assert eyes.counted.keys() == {one.contents.stem for one in (first, second, third)} | {told.stem, new.stem}
    (drop,) = whole_drops(eyes.out)
    assert drop.stem == third.contents.stem and drop.manifest["rows"] == 2
    assert all(f"Kanariën-{parent}achter" in drop.text for parent in (201, 203))
    there = {path.name for path in eyes.out.glob("*INTREKKING*")}
    assert there == set(new.names) and len(there) == 4, "no file of a notice is left half or over"
