"""What a delivery does on a recipient's host, seven ways, each against a host that misbehaves; how it ended, and at
what cost."""

import hashlib
import re
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.core.model import DropFile, Outcome
from pipeline.core.settings import Settings
from pipeline.delivery.host_audit import host_problems
from pipeline.delivery.ports import Host
from pipeline.delivery.publish import Plan, plan, publish
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Step
from tests.support.followup import FollowupWorld
from tests.support.hostile.behaviour import Behaviour, End
from tests.support.hostile_host import HostileHost, hostile
from tests.support.publishing import (
    FIRST_NIGHT,
    Checked,
    Fuse,
    MemoryLedger,
    SteppedLedger,
    World,
    delivery,
    lines_of,
    rendered,
    sha256,
)
from tests.support.publishing import Step as Act

HASTY = Settings(connect_timeout_seconds=1, channel_timeout_seconds=1, delivery_deadline_seconds=30)
PATIENT = Settings(connect_timeout_seconds=20, channel_timeout_seconds=20, delivery_deadline_seconds=40)

EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass
class HostileWorld(FollowupWorld):
    """On local disk until `site` is set: then over SFTP, on the same disk."""

    site: Host | None = None

    def host(self, step: Act) -> Host:
        return self.site or super().host(step)

    def copy(self, root: Path) -> "HostileWorld":
        copied: World = super().copy(root)
        made = HostileWorld(root, copied.ledger, copied.lines)
        made.view = copied.view
        return made


@dataclass(frozen=True)
class Ended:
    """How one flow ended: in which way, with what sentence, after how many seconds; `met`: whether the host came to
    misbehave."""

    flow: str
    end: End
    says: str
    seconds: float
    met: bool


def _ready(root: Path) -> HostileWorld:
    return HostileWorld(root, MemoryLedger())


def _lying(root: Path) -> HostileWorld:
    world = _ready(root)
    world.deliver(0, rows=3)
    return world


def _acknowledged(root: Path) -> HostileWorld:
    """A drop lies there, is acknowledged, and holds somebody who withdrew."""
    world = _lying(root)
    (world.view.path / f"{world.view.go_files()[0]}.ACK").write_text("")
    world.withdraw("R1")
    return world


def _withdrawn(root: Path) -> HostileWorld:
    world = _lying(root)
    world.withdraw("R1")
    return world


def _recalled(root: Path) -> HostileWorld:
    world = _withdrawn(root)
    world.process_pickups()
    return world


def _drop(world: HostileWorld, *, is_sheet: bool = False) -> End:
    """A sheet is one more file of a drop."""
    job = delivery(world.host(Fuse()), SteppedLedger(world.ledger, world._watched(Fuse())), FIRST_NIGHT)
    planned = plan(job)
    assert isinstance(planned, Plan)
    drop = rendered(world.root / "staging", planned, 3, lines=9_000)
    if is_sheet:
        sheet = Path(drop.manifest.path).with_name(f"{drop.stem}.indicatoren-2026-1.csv")
        sheet.write_text("jaar;aantal\r\n" * 9_000)
        listed = DropFile(sheet.name, str(sheet), sheet.stat().st_size, sha256(sheet))
        drop = replace(drop, data=(*drop.data, listed))
    published = publish(job, drop, planned, Checked(), lines_of(drop))
    if published.outcome is not Outcome.PUBLISHED:
        return End.NOT_DONE
    signature = [drop.signature] if drop.signature else []
    names = {file.name: file.sha256 for file in (*drop.data, drop.manifest, *signature)}
    return _true(world, {**names, drop.go_name: EMPTY})


def _true(world: HostileWorld, names: dict[str, str]) -> End:
    """Whether all of this lies there."""
    there = {path.name: path for path in world.view.path.iterdir()}
    return End.DONE if all(n in there and sha256(there[n]) == digest for n, digest in names.items()) else End.UNTRUE


def _notice(world: HostileWorld) -> End:
    world.notify()
    last = world.notices[-1]
    if last.step is not Step.PUBLISHED:
        return End.NOT_DONE
    origin = {last.manifest_name: last.manifest_sha256, last.signature_name: last.signature_sha256}
    return _true(world, {last.file: last.sha256, last.go_name: EMPTY} | {n: s for n, s in origin.items() if s})


def _pickup(world: HostileWorld) -> End:
    """The acknowledgement is heard, and the drop is recalled."""
    result = world.process_pickups()
    (drop,) = world.delivery_state().drops
    ours = (path.name for path in world.view.path.iterdir() if path.name != drop.contents.ack_name)
    lies = any(name.startswith(drop.contents.stem) for name in ours)
    if drop.kind is Kind.RECALLED and not lies and result.acknowledged:
        return End.DONE
    if drop.kind is Kind.FETCHED:
        return End.GONE
    if drop.kind is Kind.RECALLED and lies:
        return End.UNTRUE
    return End.NOT_DONE


def _replacement(world: HostileWorld) -> End:
    published = world.replace(rows=2)
    if published.outcome is not Outcome.PUBLISHED:
        return End.NOT_DONE
    newest = world.delivery_state().drops[-1].contents
    return _true(world, {**newest.hashes, newest.go_name: EMPTY})


@dataclass(frozen=True)
class Records:
    """What `ledger verify --hosts` asks of a recipient's records, in memory."""

    ledger: MemoryLedger
    kbo: str

    def delivery_state(self, night: Any) -> Any:
        return self.ledger.delivery_state(night)

    def notices(self) -> Any:
        return self.ledger.notices()

    def references(self, manifest_sha256: str) -> tuple[Collection[str], int]:
        return frozenset(line.reference for line in self.ledger.lines[manifest_sha256]), 3


def _verify(world: HostileWorld) -> End:
    (drop,) = world.delivery_state().drops
    records: Any = Records(world.ledger, drop.contents.stem.split("_")[2])
    with world.host(Fuse()).open() as folder:
        found = list(host_problems(records, FIRST_NIGHT, folder))  # type: ignore[arg-type]
    return End.REPORTED if found else End.DONE


@dataclass(frozen=True)
class Flow:
    """`ready` makes the world up to then, on local disk; `act` goes on over SFTP."""

    ready: Callable[[Path], HostileWorld]
    act: Callable[[HostileWorld], End]


def _listed(root: Path) -> HostileWorld:
    """A drop whose list can be read back lies there."""
    world = _ready(root)
    job = delivery(world.host(Fuse()), world.ledger, FIRST_NIGHT)
    planned = plan(job)
    assert isinstance(planned, Plan)
    drop = rendered(root / "staging", planned, 3, text="referentie\r\nR0\r\nR1\r\nR2\r\n")
    publish(job, drop, planned, Checked(), lines_of(drop))
    return world


def _of_before(root: Path) -> HostileWorld:
    """As it is on record from before there were sizes: how large a file is, only the host tells."""
    world = _listed(root)
    world.ledger.history = [
        replace(event, contents=replace(event.contents, sizes=None)) if event.contents else event
        for event in world.ledger.history
    ]
    return world


FLOWS: dict[str, Flow] = {
    "drop": Flow(_ready, _drop),
    "sheet": Flow(_ready, lambda world: _drop(world, is_sheet=True)),
    "notice": Flow(_withdrawn, _notice),
    "pick-up": Flow(_acknowledged, _pickup),
    "replacement": Flow(_recalled, _replacement),
    "verify": Flow(_listed, _verify),
    "verify of before": Flow(_of_before, _verify),
}


def run(name: str, behaviour: Behaviour, root: Path, home: Path) -> Ended:
    """One flow, to its end; `home` has the keys."""
    flow = FLOWS[name]
    world = flow.ready(root / name)
    with hostile(world.view.path, home, behaviour.misconduct) as host:
        settings = HASTY if behaviour.waits else PATIENT
        world.site = SftpHost(host.endpoint, settings, behaviour.limits)
        return ended_of(name, world, host)


def ended_of(name: str, world: HostileWorld, host: HostileHost) -> Ended:
    """One flow, in a world whose site leads to this host."""
    began, says = time.monotonic(), ""
    try:
        end = FLOWS[name].act(world)
    except (DeliveryTransient, DeliveryRefused) as error:
        end = End.TRANSIENT if isinstance(error, DeliveryTransient) else End.REFUSED
        says = re.sub(r"\bgent@127\.0\.0\.1:\d+", "gent@host:22", str(error))
    except Exception as error:  # noqa: BLE001 - any other error is a finding, and is told
        end, says = End.OTHER, f"{type(error).__name__}: {error}"
    return Ended(name, end, says, time.monotonic() - began, host.met)


def run_all(behaviour: Behaviour, root: Path, home: Path, names: Collection[str] = tuple(FLOWS)) -> list[Ended]:
    """Every flow, side by side where they only wait."""
    if not behaviour.waits:
        return [run(name, behaviour, root, home) for name in names]
    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(lambda name: run(name, behaviour, root, home), names))
