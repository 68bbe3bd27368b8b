"""A handful over real SFTP, with a real ledger: notices, answers, pick-ups and recalls, cut off and repeated."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from select import select

import pytest

from pipeline.core.errors import DeliveryRefused
from pipeline.core.model import Release
from pipeline.delivery import verify
from pipeline.delivery.host_audit import host_problems
from pipeline.delivery.session import Task
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.delivery.sftp.log import nobody_came, reads_of
from pipeline.followup.folder_remarks import FolderRemark, RemarkReason
from pipeline.followup.notify import notify
from pipeline.followup.pickup import FollowupResult, process_pickups
from pipeline.followup.way_back import TakenIn, WayBack, take_in_returned
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.db.suppression import SuppressionRecords
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Notice, Step
from tests.support.deliveries import KEY, TODAY, Agency, SteppedHost, agency_on_postgresql
from tests.support.docs import commands_of
from tests.support.followup import RECIPIENT
from tests.support.hours import Eyes
from tests.support.odd_entries import NO_ACKS, ODD_NAMES, remove
from tests.support.publishing import Fuse, Killed, SteppedLedger, sha256
from tests.support.servers.sftp_sites import PATIENT, Site, openssh_site
from tests.support.signing import SIGNING_KEY, allowed_signers, ssh_keygen_verifies
from tests.support.worlds.small_world import GENT


class Hour:
    """One recipient's turn, whose steps a fuse may cut."""

    def __init__(self, agency: Agency, site: Site, folder: Path) -> None:
        self.agency, self.site, self.folder = agency, site, folder

    @property
    def ledger(self) -> LedgerDb:
        return self.agency.ledger

    def process_pickups(self, fuse: Fuse | None = None, log: str = "") -> FollowupResult:
        fuse = fuse or Fuse()
        with SteppedLedger(self.ledger, fuse).delivering(GENT) as pages:
            task = Task(GENT, TODAY, pages, "hour", self.agency.clock)
            reads = {} if not log else reads_of(self._written(log), self.site.endpoint.account)
            return process_pickups(task, SteppedHost(self.site.host(), fuse), RECIPIENT, lambda: reads)

    def notify(self, fuse: Fuse | None = None) -> tuple[Notice, ...]:
        fuse = fuse or Fuse()
        with SteppedLedger(self.ledger, fuse).delivering(GENT) as pages:
            task = Task(GENT, TODAY, pages, "hour", self.agency.clock)
            return notify(
                task, SteppedHost(self.site.host(), fuse), RECIPIENT, self.folder / "notices", lambda: SIGNING_KEY
            )

    def withdraw(self, parents: int = 1) -> None:
        held = self.ledger.recipient(GENT).holdings()[:parents]
        self.ledger.record_withdrawals(
            [
                Withdrawal(
                    GENT, one.reference, one.person, one.key_id, "withdrawn", one.sequence, "r", TODAY, self.agency.now
                )
                for one in held
            ]
        )

    def names(self, pattern: str) -> list[str]:
        return sorted(path.name for path in self.site.out.glob(pattern))

    def _written(self, log: str) -> Path:
        path = self.folder / "sftp.log"
        path.write_text(log)
        return path


ON_OPENSSH = [("sqlite", "openssh"), ("postgresql", "openssh")]
ELSEWHERE = [("sqlite", "proftpd"), ("sqlite", "plain_proftpd"), ("sqlite", "gesftpserver")]
on_openssh = pytest.mark.parametrize("hour", ON_OPENSSH, ids="-".join, indirect=True)
"""For what another host has no part in: internal-sftp's log, and the ledger's own schema."""


Decided = tuple[Agency, Release]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Decided:
    """Three parents may go. Made once: to be copied."""
    agency = Agency(tmp_path_factory.mktemp("sqlite"))
    return agency, agency.decide()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: Callable[[], str]) -> Decided:
    """Likewise."""
    agency = agency_on_postgresql(tmp_path_factory.mktemp("postgresql"), postgres)
    return agency, agency.decide()


@pytest.fixture(params=[*ON_OPENSSH, *ELSEWHERE], ids="-".join)
def hour(request: pytest.FixtureRequest, tmp_path: Path) -> Hour:
    """With a drop of three parents on the host; on each kind of ledger and of host."""
    database, server = request.param
    site = openssh_site(request.getfixturevalue(server))
    made, may_go = request.getfixturevalue(f"on_{database}")
    if database == "sqlite":
        agency = made.copy(tmp_path)
    else:
        agency = made.copy_on_postgresql(tmp_path, request.getfixturevalue("postgres"))
    agency.finish(may_go, host=site.host())
    return Hour(agency, site, tmp_path)


def test_told_acknowledged_and_cleared_away(hour: Hour) -> None:
    hour.withdraw(2)
    assert hour.process_pickups().recalled == 1 and hour.names("AANMELDING*") == []
    (notice,) = hour.notify()
    assert hour.names("INTREKKING*") == sorted(notice.names) and len(notice.names) == 4
    assert {name: sha256(hour.site.out / name) for name in notice.hashes} == notice.hashes
    signed, allowed = hour.site.out / notice.signature_name, allowed_signers(hour.folder, SIGNING_KEY)
    manifest = (hour.site.out / notice.manifest_name).read_bytes()
    assert ssh_keygen_verifies(manifest, signed, allowed)
    assert not ssh_keygen_verifies(manifest.replace(b'"rows": 2', b'"rows": 1'), signed, allowed)
    fetched = verify.verify_folder(hour.site.out, verify.origin_check(hour.site.out, allowed))
    assert fetched.exit_code == 0 and [(one.references, one.origin) for one in fetched.notices] == [(2, verify.PROVEN)]
    (hour.site.out / f"{notice.stem}.ACK").touch()
    assert hour.process_pickups().notices_acknowledged == 1
    assert hour.names("*") == []
    (told,) = hour.ledger.recipient(GENT).notices()
    assert told.step is Step.ACKNOWLEDGED and told.acknowledged_at


@pytest.mark.parametrize("hour", ON_OPENSSH[:1], ids="-".join, indirect=True)
def test_each_file_of_a_notice_is_held_against_the_ledger(hour: Hour) -> None:
    hour.withdraw(1)
    hour.process_pickups()
    (notice,) = hour.notify()
    assert said_of(hour) == []
    for name in notice.hashes:
        path = hour.site.out / name
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        assert said_of(hour) == [f"{name} is not what was put there"]
        path.unlink()
        assert said_of(hour) == [f"of {notice.stem}, 1 files are gone and the others lie there"]
        path.write_bytes(content)
    (hour.site.out / notice.go_name).unlink()
    assert said_of(hour) == [f"of {notice.stem}, 1 files are gone and the others lie there"]


def said_of(hour: Hour) -> list[str]:
    problems = host_problems(hour.ledger.recipient(GENT), TODAY, Eyes(hour.site.out))
    return [problem.says for problem in problems]


def test_cut_off_anywhere_a_notice_comes_once(hour: Hour) -> None:
    hour.withdraw(1)
    for at in range(1, 99):
        try:
            hour.notify(Fuse(at))
            break
        except Killed:
            if hour.names("INTREKKING*.GO"):
                assert len(hour.names("INTREKKING*")) == 4, "whole, once it counts"
    assert at > 5
    (notice,) = hour.ledger.recipient(GENT).notices()
    assert notice.step is Step.PUBLISHED and hour.names("INTREKKING*") == sorted(notice.names)
    assert {name: sha256(hour.site.out / name) for name in notice.hashes} == notice.hashes
    assert hour.ledger.recipient(GENT).not_notified() == ()
    assert open_ledger(hour.agency.ledger_uri).head().n > 0


@pytest.mark.parametrize("hour", [("sqlite", "openssh"), ("sqlite", "plain_proftpd")], ids="-".join, indirect=True)
def test_whatever_lies_in_its_folder_delays_no_recall_and_no_notice(hour: Hour) -> None:
    """Folders and a pipe under every name that is ours, or will be."""
    (go,) = hour.names("*.GO")
    stem, told = go.removesuffix(".GO"), f"INTREKKING_OPGROEIEN_{GENT}_{TODAY:%Y%m%d}_000001"
    for name in (
        f"{stem}.ACK",
        f"{told}.GO",
        f"{told}.ACK",
        f".{go}.0123456789ab.part",
        f".{told}.csv.aaaaaaaaaaaa.part",
    ):
        (hour.site.out / name).mkdir()
    os.mkfifo(hour.site.out / f"{told}.csv")
    hour.withdraw(1)
    assert hour.process_pickups().recalled == 1 and hour.names(f"{stem}.*") == [f"{stem}.ACK"]
    (notice,) = hour.notify()
    assert (notice.step, notice.number) == (Step.PUBLISHED, 2)
    assert hour.process_pickups().newer_file == f"{told}.GO", "and it is seen"


@pytest.mark.parametrize("hour", [("sqlite", "openssh"), ("sqlite", "plain_proftpd")], ids="-".join, indirect=True)
def test_whatever_has_the_name_of_an_ack_file_is_told_and_delays_nothing(hour: Hour) -> None:
    """Each kind in turn: of the drop and of a notice, in advance too, beside odd names and a thousand files."""
    (go,) = hour.names("*.GO")
    stem, out = go.removesuffix(".GO"), hour.site.out
    told = f"INTREKKING_OPGROEIEN_{GENT}_{TODAY:%Y%m%d}_000001"
    for name in (*ODD_NAMES, *(b"dossier %d" % number for number in range(1000))):
        Path(str(out), os.fsdecode(name)).touch()
    (out / f"{told}.ACK").symlink_to(f"{told}.GO")
    for what, (make, reason) in NO_ACKS.items():
        make(out / f"{stem}.ACK")
        found = hour.process_pickups()
        assert found.acknowledged == 0, what
        assert FolderRemark(RemarkReason.OTHERS, count=1000 + len(ODD_NAMES)) in found.remarks
        assert {one.reason for one in found.remarks if one.name == f"{stem}.ACK"} == {reason}
        remove(out / f"{stem}.ACK")
    hour.withdraw(1)
    assert hour.process_pickups().recalled == 1
    (notice,) = hour.notify()
    assert (notice.step, notice.stem) == (Step.PUBLISHED, told)
    assert FolderRemark(RemarkReason.EARLY_ACK, f"{told}.ACK") in hour.process_pickups().remarks
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(told)] == []
    (out / f"{told}.ACK").unlink()
    hour.process_pickups()
    (out / f"{told}.ACK").touch()
    assert hour.process_pickups().notices_acknowledged == 1


@pytest.mark.parametrize("hour", [("sqlite", "openssh"), ("sqlite", "plain_proftpd")], ids="-".join, indirect=True)
def test_in_a_folder_that_is_read_only_it_is_said_what_the_host_refuses(hour: Hour) -> None:
    """An acknowledgement is heard; what has to go, or to come, is red with the place and the remedy."""
    (go,) = hour.names("*.GO")
    (hour.site.out / f"{go.removesuffix('.GO')}.ACK").touch()
    hour.withdraw(1)
    mode = hour.site.out.stat().st_mode
    hour.site.out.chmod(0o555)
    try:
        for act in (hour.process_pickups, hour.notify):
            with pytest.raises(DeliveryRefused, match=r"denies permission at .*: have the account's rights restored"):
                act()
    finally:
        hour.site.out.chmod(mode)
    (drop,) = hour.ledger.recipient(GENT).delivery_state(TODAY).drops
    assert drop.kind is Kind.RECALLING and Kind.ACKNOWLEDGED in drop.facts
    hour.process_pickups()
    assert hour.agency.kinds[-1] is Kind.RECALLED and len(hour.notify()) == 1 and hour.names("AANMELDING*") == []


@on_openssh
def test_two_tasks_that_lost_their_lock_tell_nothing_twice(hour: Hour) -> None:
    """The schema knows a withdrawal in one notice alone."""
    hour.withdraw(1)
    with hour.ledger.delivering(GENT) as pages:
        (line,) = pages.not_notified()
    hour.notify()
    with hour.ledger.delivering(GENT) as pages, pytest.raises(Exception, match=r"cannot follow|first"):
        from pipeline.ledger.notices import NoticeEvent

        event = NoticeEvent(GENT, 2, Step.INTENT, "late", hour.agency.now, "stem", "file", "0" * 64, 1)
        pages.record_notice(event, [line])
    assert [one.number for one in hour.ledger.recipient(GENT).notices()] == [1]


def test_cut_off_anywhere_a_recall_ends_as_one(hour: Hour) -> None:
    hour.withdraw(1)
    for at in range(1, 99):
        try:
            hour.process_pickups(Fuse(at))
            break
        except Killed:
            continue
    assert hour.names("AANMELDING*") == []
    assert hour.agency.kinds[-1] is Kind.RECALLED and hour.agency.kinds.count(Kind.RECALLED) == 1


def test_fetched_by_its_own_sftp(hour: Hour) -> None:
    for name in sorted(hour.names("AANMELDING*"), key=lambda name: name.endswith(".GO")):
        (hour.site.out / name).unlink()
    assert hour.process_pickups().fetched == 1 and hour.agency.kinds[-1] is Kind.FETCHED


@on_openssh
def test_read_by_the_log_of_a_real_format(hour: Hour) -> None:
    account, (csv,) = hour.site.endpoint.account, hour.names("*[0-9].csv")
    size = (hour.site.out / csv).stat().st_size
    log = (
        f"internal-sftp[9]: session opened for local user {account} from [127.0.0.1]\n"
        f'internal-sftp[9]: open "/out/{csv}" flags READ mode 0666\n'
        f'internal-sftp[9]: close "/out/{csv}" bytes read {size} written 0\n'
        f"internal-sftp[9]: session closed for local user {account} from [127.0.0.1]\n"
    )
    assert hour.process_pickups(log=log).read == 1
    assert hour.process_pickups(log=log).read == 0
    assert len(hour.names("AANMELDING*.GO")) == 1


@on_openssh
def test_the_log_of_a_real_internal_sftp_tells_our_visits_from_the_recipients(hour: Hour) -> None:
    """It logs to `/dev/log` within its chroot."""
    (csv,) = hour.names("*[0-9].csv")
    with syslog(hour.site.out.parent / "dev") as lines:
        with hour.site.host().open() as ours:
            assert ours.sha256(csv), "as `ledger verify --hosts` does"
        assert hour.process_pickups(log="\n".join(lines())).read == 0
        assert any("bytes read" in line for line in lines()), "we did read it"
        fetched_by(hour.site, csv, hour.folder)
        assert hour.process_pickups(log="\n".join(lines())).read == 1


@on_openssh
def test_by_the_log_of_a_real_internal_sftp_a_drop_that_the_host_lost_was_not_fetched(hour: Hour) -> None:
    (go,), (csv,) = hour.names("*.GO"), hour.names("*[0-9].csv")
    account = hour.site.endpoint.account
    empty = hour.folder / go
    empty.write_bytes(b"")
    with syslog(hour.site.out.parent / "dev") as lines:
        with hour.site.host().open() as ours:
            ours.put(empty, go, "run")
        assert nobody_came(hour._written("\n".join(lines())), account, go)
        fetched_by(hour.site, csv, hour.folder)
        assert not nobody_came(hour._written("\n".join(lines())), account, go)


@contextmanager
def syslog(folder: Path) -> Iterator[Callable[[], list[str]]]:
    """What was logged so far, waiting for the end of a session."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    address, heard = folder / "log", []
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(address))
        address.chmod(0o666)

        def lines() -> list[str]:
            while not heard or "session closed" not in heard[-1] or select([found], [], [], 0)[0]:
                assert select([found], [], [], 10)[0], f"heard {len(heard)} lines"
                heard.append(found.recv(65536).decode())
            return list(heard)

        yield lines
    shutil.rmtree(folder)


def fetched_by(site: Site, name: str, folder: Path) -> None:
    """The installed sftp, as a recipient uses it."""
    key, known = folder / "key", folder / "known_hosts"
    key.touch(mode=0o600)
    key.write_text(site.endpoint.private_key)
    known.write_text(f"[127.0.0.1]:{site.endpoint.port} {site.endpoint.host_key}\n")
    options = {"IdentitiesOnly": "yes", "UserKnownHostsFile": str(known), "BatchMode": "yes"}
    command = ["sftp", "-q", "-P", str(site.endpoint.port), "-i", str(key), "-b", "-"]
    command += [part for option, value in options.items() for part in ("-o", f"{option}={value}")]
    batch = f"get /out/{name} {folder / 'fetched.csv'}\n"
    subprocess.run([*command, f"{site.endpoint.account}@127.0.0.1"], input=batch, text=True, check=True, timeout=300)


@dataclass
class AtItsDesk:
    """Somebody at the recipient with the page on the way back, and the command `sftp`."""

    hour: Hour
    desk: Path

    @property
    def way_back(self) -> Path:
        return self.hour.site.out.with_name("in")

    def types(self, block: int, **variables: str) -> str:
        given = os.environ | {"kbo": GENT, "volgnummer": "000001"} | variables
        shell = ["bash", "-euc", commands_of("terug.md")[block]]
        ran = subprocess.run(shell, cwd=self.desk, env=given, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def take_in(self, hour: Hour) -> TakenIn:
        site = replace(hour.site.endpoint, folder="/in")
        made = WayBack(
            GENT,
            lambda _: SftpHost(site, PATIENT),
            {KEY.id: KEY}.__getitem__,
            timedelta(minutes=5),
            0.9,
            lambda: nullcontext(self.desk),
        )
        with hour.ledger.delivering(GENT) as pages:
            return take_in_returned(Task(GENT, TODAY, pages, "hour", hour.agency.clock), made)


@pytest.fixture
def desk(hour: Hour, tmp_path: Path) -> Iterator[AtItsDesk]:
    made, endpoint = AtItsDesk(hour, tmp_path / "desk"), hour.site.endpoint
    made.desk.mkdir()
    key = made.desk / "opgroeien"
    key.touch(mode=0o600)
    key.write_text(endpoint.private_key)
    (made.desk / "known").write_text(f"[127.0.0.1]:{endpoint.port} {endpoint.host_key}\n")
    where = f"HostName 127.0.0.1\nPort {endpoint.port}\nUser {endpoint.account}\n"
    trust = f'IdentityFile "{key}"\nUserKnownHostsFile "{made.desk / "known"}"\n'
    (made.desk / "opgroeien.conf").write_text(f"Host opgroeien\n{where}{trust}")
    made.way_back.mkdir()
    shutil.chown(made.way_back, endpoint.account)
    yield made
    shutil.rmtree(made.way_back)


@on_openssh
def test_a_no_at_the_desk_comes_back_by_the_lines_of_the_page(hour: Hour, desk: AtItsDesk) -> None:
    PUT, RECEIPT, CLEAR = range(3)
    first, second = hour.ledger.recipient(GENT).known_parents()[:2]
    assert desk.take_in(hour).files == 0
    desk.types(PUT, referentie=first.reference, soort="geen_contact")
    desk.types(PUT, referentie="NIEMAND", soort="geen_contact", volgnummer="000002")
    found = desk.take_in(hour)
    assert (found.files, found.noes, found.remarks) == (2, 1, ())
    assert "1 rij, alles is verwerkt." in desk.types(RECEIPT)
    assert "Niet verwerkt: rij 1." in desk.types(RECEIPT, volgnummer="000002")
    assert desk.take_in(hour).files == 0, "once"
    said = suppression_of(hour.ledger)
    assert said == [(GENT, first.person, first.insz, KEY.id, True, False)]
    files = hour.ledger.recipient(GENT).returned_files()
    assert [(one.rows, one.refused, one.fault) for one in files] == [(1, (), ""), (1, (1,), "")]
    assert hour.ledger.recipient(GENT).returned_noes_since(hour.agency.now - timedelta(days=1)) == {first.reference}
    desk.types(CLEAR, terug=files[0].name.removesuffix(".csv"))
    desk.take_in(hour)
    assert [path.name for path in desk.way_back.glob("*_000001.*")] == [], "its receipt went with it"
    hour.withdraw(1)
    assert second in hour.ledger.recipient(GENT).known_parents(), "also one that was withdrawn is known"


def suppression_of(ledger: LedgerDb) -> list[tuple[object, ...]]:
    names = ("kbo", "person", "insz", "key_id", "is_own", "is_grant")
    noes = SuppressionRecords(ledger.engine, KEY, {KEY.id: KEY}.__getitem__).read().noes
    return [tuple(row[name] for name in names) for row in noes.to_pylist() if row["returned_row"]]
