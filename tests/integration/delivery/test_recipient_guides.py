"""The two short guides in docs/ontvanger: the commands of the one for IT as they stand there, on a real OpenSSH."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from pipeline.delivery import test_drop
from pipeline.delivery.columns import COLUMNS
from tests.golden.example import SETTINGS
from tests.support.docs import PAGES, commands_of
from tests.support.fetching import Recipient, introduced, let_in
from tests.support.received import one_a_night, sign, tell
from tests.support.servers.openssh import OpenSsh
from tests.support.signing import SIGNING_KEY

NOW = datetime.now(UTC)


def publish(site_of: Recipient, staged: Path) -> None:
    """Before the recipient by the way that every drop takes, GO files last."""
    with site_of.site.host().open() as folder:
        for path in sorted(staged.iterdir(), key=lambda path: path.suffix == ".GO"):
            folder.put(path, path.name, "a run")


def of_today_and_yesterday(staged: Path) -> list[str]:
    """Their names; and a notice."""
    staged.mkdir()
    previous = "0" * 64
    for number, days in ((42, 1), (43, 0)):
        at = NOW - timedelta(days)
        one_a_night(staged, number, previous, ("csv",), night=at.date(), decided_at=at)
        (manifest,) = staged.glob(f"*_{number:06}.datapackage.json")
        previous = sha256(manifest.read_bytes()).hexdigest()
    names = sorted(path.stem for path in staged.glob("AANMELDING_*.GO"))
    tell(sign(staged), 1, "A" * 32)
    return names


def test_from_a_key_to_a_tidy_folder_by_the_guide_for_it(openssh: OpenSsh, tmp_path: Path) -> None:
    make, scan, know, signers, trial, tidy = commands_of("informatica.md")
    with introduced(openssh, tmp_path / "opgroeien") as recipient:
        let_in(recipient, openssh, recipient.types(make))
        recipient.types(scan)
        recipient.types(know)
        assert SIGNING_KEY.fingerprint in recipient.types(signers)
        test = test_drop.put_test_drop(SETTINGS, recipient.site.host(), SIGNING_KEY, tmp_path / "test", NOW)
        said = recipient.types(trial)
        assert f"opgehaald: {test}" in said and "Alles in orde" in said and recipient.fetched == []
        assert f"{test}.ACK" in test_drop.remove_test_drops(SETTINGS, recipient.site.host())
        before, newest = of_today_and_yesterday(tmp_path / "staged")
        publish(recipient, tmp_path / "staged")
        said = every_night(recipient)
        assert "Alles in orde: 2 leveringen en 1 intrekkingsbericht." in said and f"bevestigd: {newest}" in said
        looked, acknowledged = commands_of("informatica.md", "nee")
        recipient.types(looked + acknowledged)
        assert [name for name in recipient.site.names() if name.startswith("INTREKKING_") and name.endswith(".ACK")]
        said = recipient.types(tidy)
        assert "opgeruimd" in said and f"{before}.csv" not in recipient.fetched and f"{newest}.csv" in recipient.fetched
        assert "Alles in orde" in every_night(recipient), "what was tidied is not fetched again"
        assert f"{before}.csv" not in recipient.fetched


def every_night(recipient: Recipient) -> str:
    """As cron does."""
    (line,) = commands_of("informatica.md", "cron")
    *_, command = line.split(" ", 5)
    return recipient.types(command, HOME=str(recipient.folder.parent))


def test_the_guide_for_the_social_worker_names_every_column() -> None:
    page = (PAGES / "maatschappelijk-werker.md").read_text("utf-8")
    assert [column.header for column in COLUMNS if f"`{column.header}`" not in page] == []
