"""Drops that are replaced while their recipient fetches, by each way that docs/ontvanger/ophalen.md tells.

A way may come too late, and then nothing of that drop counts at the recipient: it never has half of one that does.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event, Semaphore

from pipeline.core.model import Publication
from pipeline.delivery.ports import Host
from pipeline.delivery.publish import plan, publish
from pipeline.delivery.sftp.keys import host_key
from pipeline.delivery.verify import FINE, PROVEN, origin_check, verify_folder
from pipeline.delivery.visit import connected
from pipeline.ledger.events import Kind
from tests.golden.example import AWKWARD, FULL, ORDER, example
from tests.support.docs import commands_of
from tests.support.fetching import BY_HAND, LOOK, SCRIPT, Recipient
from tests.support.publishing import FIRST_NIGHT, Checked, MemoryLedger, clock, delivery, lines_of
from tests.support.servers.openssh import OpenSsh

BY_ITSELF = "haal-op.sh"
CLIENTS = {"sftp": ("", BY_HAND), "lftp": ("lftp", 0), "rclone": ("rclone", 0), "curl": ("curl", 0)}
"""Which block of ophalen.md fetches with it."""
PAUSES = (0, 0, 1, 3, 8)
"""How many fetches may end before the drop is replaced again."""


@dataclass
class Replacing:
    """The agency, with one drop before the recipient at a time. `made`: where each was rendered, by its stem."""

    host: Host
    staging: Path
    made: dict[str, Path] = field(default_factory=dict)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)

    def replace(self) -> None:
        """Another drop in the place of the last: by turns that of the next night, and one of the same night after a
        recall."""
        number = len(self.made)
        night, folder, recalls = FIRST_NIGHT + timedelta(number // 2), self.staging / str(number), number % 2 == 1
        if recalls:
            self._recall(number)
        job = replace(delivery(self.host, self.ledger, night, f"run {number}", clock), replacing=recalls)
        planned = plan(job)
        assert not isinstance(planned, Publication), planned
        order = {"sequence": planned.sequence, "previous_manifest_sha256": planned.previous_manifest_sha256}
        decided_at = ORDER.decided_at + timedelta(minutes=number)
        people = [FULL | {"first_name": f"Levering {number}"}, *AWKWARD[: number % 9]]
        drop = example(folder, people, night=night, decided_at=decided_at, **order)
        publish(job, drop, planned, Checked(), lines_of(drop))
        self.made[drop.stem] = folder

    def _recall(self, number: int) -> None:
        job = delivery(self.host, self.ledger, FIRST_NIGHT + timedelta(number // 2), f"recall {number}", clock)
        with job.task() as task, connected(task, job.host) as session:
            for drop in session.those_here(task.delivery_state().on_host):
                session.remove_drop(drop, Kind.RECALLING)


@dataclass
class Way:
    """One documented way to fetch, in a folder of its own. `met`: how often it had a drop whole, and how often it came
    too late."""

    name: str
    recipient: Recipient
    told: dict[str, str]
    met: Counter[str] = field(default_factory=Counter)

    def fetch(self) -> None:
        """What is there and is not here yet, as the page says."""
        if self.name == BY_ITSELF:
            said = self.recipient.ran(commands_of("ophalen.md")[SCRIPT]).stdout
            self.met += Counter(re.findall("^(opgehaald|intussen weg)(?=: )", said, re.MULTILINE))
            return
        there = re.findall(r"AANMELDING_\w+(?=\.GO)", self.recipient.ran(commands_of("ophalen.md")[LOOK]).stdout)
        for stem in there:
            if not (self.folder / f"{stem}.GO").exists():
                self._fetch_one(stem)

    def _fetch_one(self, stem: str) -> None:
        marked, at = CLIENTS[self.name]
        told = self.told | {"levering": stem}
        if self.recipient.ran(commands_of("ophalen.md", marked)[at], **told).returncode == 0:
            self.met["opgehaald"] += 1
            return
        self.met["intussen weg"] += 1
        self.recipient.types(commands_of("ophalen.md", "weg")[0], **told)

    @property
    def folder(self) -> Path:
        return self.recipient.folder / "leveringen"

    def differences(self, made: dict[str, Path]) -> Iterator[str]:
        """Half sets, doubles, and a last drop that is not here; what verify.py says is wrong, but for drops that were
        replaced before they could be fetched."""
        files = {path.name: path.read_bytes() for path in self.folder.iterdir() if path.suffix != ".ACK"}
        whole = {name.removesuffix(".GO") for name in files if name.endswith(".GO")}
        yield from (f"{stem} was never sent" for stem in whole - made.keys())
        expected = {path.name: path.read_bytes() for stem in whole & made.keys() for path in made[stem].iterdir()}
        expected |= {f"{stem}.GO": b"" for stem in whole}
        names = expected.keys() | files.keys()
        yield from (f"{name} is not as it was sent" for name in names if files.get(name) != expected.get(name))
        data = [content for name, content in files.items() if not name.endswith(".GO")]
        if twice := len(data) - len(set(data)):
            yield f"{twice} files are here under two names"
        if max(made) not in whole:
            yield "the last drop is not here"
        report = verify_folder(self.folder, origin_check(self.folder, self.recipient.folder / "allowed_signers"))
        yield from (f"{each.about} {each.says}" for each in report.wrong if each.code != "gap")
        yield from (
            f"{each.stem}: {each.state}" for each in report.drops if (each.state, each.origin) != (FINE, PROVEN)
        )


def every_way(recipient: Recipient, server: OpenSsh) -> list[Way]:
    told = {"vingerafdruk": host_key(server.host_key, "").fingerprint.removeprefix("SHA256:")}
    return [Way(name, recipient.beside(name), told) for name in (BY_ITSELF, *CLIENTS)]


def fetch_while_replaced(
    replacing: Replacing, ways: list[Way], times: int, rng: Random, is_over: Callable[[], bool] = lambda: False
) -> list[str]:
    """Each way fetches again and again while a drop is replaced so often, or until it is over, and once more when the
    last one lies there; what is wrong then, with each way's name. Now and then the ways have some time in between."""
    ended, fetched = Event(), Semaphore(0)
    with ThreadPoolExecutor(len(ways)) as pool:
        fetching = [pool.submit(_again_and_again, way, ended, fetched) for way in ways]
        try:
            for _ in range(times + 1):
                replacing.replace()
                _wait(fetched, rng.choice(PAUSES))
                if is_over():
                    break
        finally:
            ended.set()
        for each in fetching:
            each.result()
    for way in ways:
        way.fetch()
    return [f"{way.name}: {said}" for way in ways for said in way.differences(replacing.made)]


def _again_and_again(way: Way, ended: Event, fetched: Semaphore) -> None:
    while not ended.is_set():
        way.fetch()
        fetched.release()


def _wait(fetched: Semaphore, times: int) -> None:
    """Until the ways have fetched so often from now on, or one hangs."""
    while fetched.acquire(blocking=False):
        pass
    for _ in range(times):
        fetched.acquire(timeout=30)
