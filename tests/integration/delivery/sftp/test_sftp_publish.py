"""Two nights of publication over SFTP, as the recipient sees them, looking all the time over a line of its own."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryTransient
from pipeline.core.model import Outcome, Publication
from pipeline.delivery.publish import Plan, plan, publish
from pipeline.delivery.sftp.folder import SftpFolder, SftpHost
from tests.support.publishing import FIRST_NIGHT, GENT, Checked, MemoryLedger, delivery, rendered
from tests.support.servers.proxies import cut_down
from tests.support.servers.sftp_sites import Site


@pytest.fixture
def site(any_site: Site) -> Site:
    return any_site


@dataclass
class Reader:
    """What was seen to appear and to vanish, in that order; drops are fetched as soon as they count."""

    events: list[str] = field(default_factory=list)
    looks: int = 0

    def look(self, site: Site, before: set[str]) -> set[str]:
        with site.host().open() as folder:
            now = {name for name in folder._client.names("/out") if not name.startswith(".")}
            for name in sorted(now - before, key=lambda name: name.endswith(".GO")):
                self.events.append(f"+{name}")
                if name.endswith(".GO"):
                    self._fetch_unless_gone(folder, name)
        self.events += [f"-{name}" for name in sorted(before - now, key=lambda name: not name.endswith(".GO"))]
        self.looks += 1
        return now

    def _fetch_unless_gone(self, folder: SftpFolder, go: str) -> None:
        """A drop may be taken away while a slow reader reads: then it counts no more."""
        try:
            self._fetch(folder, go.removesuffix(".GO"))
        except OSError:
            assert go not in folder._client.names("/out"), "a drop that counts is whole"

    def _fetch(self, folder: SftpFolder, stem: str) -> None:
        """What counts is whole: each file is what the manifest says."""
        client = folder._client
        with client.open(f"/out/{stem}.datapackage.json") as stream:
            listed = json.load(stream)["files"]
        assert listed
        for name, digest in listed.items():
            assert client.sha256(f"/out/{name}") == digest


@contextmanager
def reading(site: Site) -> Iterator[Reader]:
    reader, over = Reader(), threading.Event()

    def look() -> None:
        seen: set[str] = set()
        while not over.is_set():
            seen = reader.look(site, seen)
        reader.look(site, seen)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(look)
        try:
            yield reader
        finally:
            over.set()
            running.result()


def deliver(host: SftpHost, ledger: MemoryLedger, folder: Path, nights_later: int = 0) -> Publication:
    night = FIRST_NIGHT + timedelta(nights_later)
    job = delivery(host, ledger, night)
    found = plan(job)
    if isinstance(found, Publication):
        return found
    assert isinstance(found, Plan)
    drop = rendered(folder, found, rows=3 + nights_later, parts=2)
    return publish(job, drop, found, Checked())


def test_two_nights(site: Site, tmp_path: Path) -> None:
    ledger, host = MemoryLedger(), site.host()
    (site.out / "theirs.txt").touch()
    with reading(site) as reader:
        assert deliver(host, ledger, tmp_path / "drop").outcome is Outcome.PUBLISHED
        assert deliver(host, ledger, tmp_path / "drop").outcome is Outcome.ALREADY_PUBLISHED
        first = site.names()
        assert deliver(host, ledger, tmp_path / "drop", 1).outcome is Outcome.PUBLISHED
    one, two = (f"AANMELDING_OPGROEIEN_{GENT}_2026061{day}_00000{day - 4}" for day in (5, 6))
    assert first == _files(one)
    assert site.names() == _files(two)
    _go_came_last_and_went_first(reader.events, one, two)
    assert reader.looks > 2
    assert all(path.stat().st_mode & 0o007 == 0 for path in site.out.iterdir() if path.name != "theirs.txt")


def _files(stem: str) -> list[str]:
    ends = (".GO", ".0.csv", ".1.csv", ".datapackage.json", ".datapackage.json.sig")
    return sorted([*(f"{stem}{end}" for end in ends), "theirs.txt"])


def _go_came_last_and_went_first(events: list[str], one: str, two: str) -> None:
    """As far as the reader was quick enough to see a drop at all; the newer one it saw in the end."""
    for stem in (one, two):
        came = [event for event in events if event.startswith(f"+{stem}")]
        assert f"+{stem}.GO" not in came[:-1]
    gone = [event for event in events if event.startswith(f"-{one}")]
    assert not gone or gone[0] == f"-{one}.GO"
    assert f"+{two}.GO" in events
    if gone:
        assert events.index(f"+{two}.GO") < events.index(gone[0]), "the newer one counts before the older one goes"


def test_the_order_on_the_line(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of the host, in that order: data, manifest, signature, GO; then the predecessor's, GO first."""
    acts: list[str] = []
    put, remove = SftpFolder.put, SftpFolder.remove

    def noted_put(
        folder: SftpFolder, source: Path, name: str, run: str, look: Callable[[], None] | None = None
    ) -> None:
        put(folder, source, name, run, look)
        acts.append(f"+{name[-30:]}")

    def noted_remove(folder: SftpFolder, name: str) -> bool:
        acts.append(f"-{name[-30:]}")
        return remove(folder, name)

    ledger = MemoryLedger()
    deliver(site.host(), ledger, tmp_path / "drop")
    monkeypatch.setattr(SftpFolder, "put", noted_put)
    monkeypatch.setattr(SftpFolder, "remove", noted_remove)
    deliver(site.host(), ledger, tmp_path / "drop", 1)
    kinds = [act[0] + act.split(".", 1)[1] for act in acts]
    assert kinds[:5] == ["+0.csv", "+1.csv", "+datapackage.json", "+datapackage.json.sig", "+GO"]
    assert kinds[5] == "-GO"
    assert sorted(kinds[6:]) == ["-0.csv", "-1.csv", "-datapackage.json", "-datapackage.json.sig"]


def test_cut_anywhere_then_delivered_by_the_next_try(
    site: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each time a little later, on top of what the last cut left behind."""
    ledger, after, cuts = MemoryLedger(), 0, 0
    further = 331 if request.node.name.endswith(("[demo]", "[openssh]")) else 997
    while True:
        with cut_down(site.endpoint.port, after) as line:
            try:
                outcome = deliver(site.host(port=line.port), ledger, tmp_path / "drop").outcome
                break
            except DeliveryTransient:
                cuts, after = cuts + 1, after + further
        for go in site.out.glob("*.GO"):
            for name, digest in json.loads(go.with_suffix(".datapackage.json").read_text())["files"].items():
                with site.host().open() as folder:
                    assert folder.sha256(name) == digest
    assert cuts > 10
    assert outcome in (Outcome.PUBLISHED, Outcome.ALREADY_PUBLISHED)
    stem = f"AANMELDING_OPGROEIEN_{GENT}_20260615_000001"
    assert site.names() == sorted(set(_files(stem)) - {"theirs.txt"})
