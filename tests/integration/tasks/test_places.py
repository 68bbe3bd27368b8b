"""Where drops lie, over SFTP and with whole nights: a move, a place that is gone, a suspension, two installations."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.airflow.page_content import intervention_sentences
from pipeline.cli.main import main
from pipeline.core.errors import PipelineError, SettingsError
from pipeline.core.model import Kbo, Outcome
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.demo.host import account_of
from pipeline.ledger import redaction
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.events import Kind
from pipeline.ledger.installation import FILE
from pipeline.tasks import housekeeping
from tests.support.night import House, lay, run_night
from tests.support.saved_house import SavedHouse, save
from tests.support.servers.openssh import OpenSsh
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

ELSEWHERE = Kbo("0212214126")
"""Whose account the host knows too; of no recipient."""


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """Nobody fetched anything."""
    folder = tmp_path_factory.mktemp("places")
    with lay(folder / "house", small_world({BRUGGE: 1, GENT: 3})) as laid:
        assert not run_night(laid.night("night")).errors
        yield save(laid, folder / "copy")


@pytest.fixture
def house(after_a_night: SavedHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    return after_a_night.entered(monkeypatch)


def hour(house: House, kbo: Kbo = GENT) -> housekeeping.FollowupResult:
    night = house.night("hour")
    assert kbo in housekeeping.recipients_to_follow_up(night)
    return housekeeping.follow_up_recipient(night, kbo)


def kinds(house: House, kbo: Kbo = GENT) -> list[Kind]:
    state = open_ledger(house.ledger).recipient(kbo).delivery_state(house.night().night)
    return [drop.kind for drop in state.drops]


def go_files(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.GO"))


def next_night(house: House, run: str = "next", days: int = 1) -> dict[Kbo | str, object]:
    """What came of each delivery: its outcome, or its error; and the error of `close`."""
    done = run_night(house.night(run, at=datetime.now(UTC) + timedelta(days)))
    return {one.kbo: one.outcome for one in done.publications} | dict(done.errors)


def move(house: House, kbo: Kbo = GENT, **changes: str) -> None:
    """As an administrator does: the file is changed, and sealed again."""
    known = load_recipients(house.home.recipients)
    save_recipients(
        house.home.recipients, [replace(each, **changes) if each.kbo == kbo else each for each in known.values()]
    )  # type: ignore[arg-type]
    assert main(["seal", kbo, "--yes"]) == 0


def another_folder(house: House, name: str = "in") -> Path:
    made = house.out(GENT).with_name(name)
    made.mkdir()
    return made


def another_account(house: House) -> Path:
    made = house.home.hosts / ELSEWHERE / "out"
    made.mkdir(parents=True)
    return made


def test_a_move_is_said_when_it_is_sealed_and_the_next_hour_makes_it(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    (stem,), new = go_files(house.out(GENT)), another_folder(house)
    move(house, folder="/in")
    said = " ".join(capsys.readouterr().out.split())
    assert f"{GENT} moves: {stem} lies in folder /out of account {account_of(GENT)}" in said
    assert "keep the connection drop_host as it is until then" in said and f"{BRUGGE} moves" not in said
    assert main(["recipients", "list"]) == 0
    assert "/out" in capsys.readouterr().out
    found = hour(house)
    assert (found.moved, found.fetched) == (1, 0) and found.replaced
    assert list(house.out(GENT).iterdir()) == [] and go_files(new) == [found.replaced]
    assert kinds(house) == [Kind.MOVED, Kind.PUBLISHED]
    move(house, folder="/in/")
    assert "moves" not in capsys.readouterr().out, "it is the same folder"
    assert main(["recipients", "list"]) == 0
    assert "/out" not in capsys.readouterr().out


def test_the_list_names_who_is_in_the_settings_no_more_and_waits_for_nobody(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recipients", "suspend", BRUGGE, "--reason", "gestolen account"]) == 0
    known = load_recipients(house.home.recipients)
    save_recipients(house.home.recipients, [known[GENT]])
    with open_ledger(house.ledger).delivering(BRUGGE), open_ledger(house.ledger).delivering(GENT):
        assert main(["recipients", "list"]) == 0
    listed = capsys.readouterr().out
    assert BRUGGE in listed and "gestolen account" in listed and GENT not in listed


def test_a_night_empties_the_old_place_first(house: House) -> None:
    new = another_account(house)
    move(house, account=account_of(ELSEWHERE))
    assert next_night(house) == {BRUGGE: Outcome.PUBLISHED, GENT: Outcome.PUBLISHED}
    assert list(house.out(GENT).iterdir()) == [] and len(go_files(new)) == 1
    assert kinds(house) == [Kind.MOVED, Kind.PUBLISHED]


def test_an_old_place_that_cannot_be_reached_is_red_until_a_person_records_that_it_is_destroyed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    new = another_account(house)
    move(house, account=account_of(ELSEWHERE))
    house.refuse(GENT)
    for night in (1, 2):
        found = next_night(house, f"next {night}", night)
        assert found[BRUGGE] is Outcome.PUBLISHED
        assert "lies at its former place" in str(found[GENT]) and "close" in found
    with pytest.raises(PipelineError, match="lies at its former place"):
        hour(house)
    assert kinds(house) == [Kind.PUBLISHED] and list(new.iterdir()) == []
    assert main(["recipients", "destroyed", GENT, "--yes", "--reason", "server verschroot, bon 12"]) == 0
    assert "1 drops that lay there" in capsys.readouterr().out
    assert next_night(house, "next 3", 3) == {BRUGGE: Outcome.PUBLISHED, GENT: Outcome.PUBLISHED}
    assert kinds(house) == [Kind.DESTROYED, Kind.PUBLISHED] and len(go_files(new)) == 1
    assert main(["recipients", "destroyed", GENT, "--yes", "--reason", "nog eens"]) == 1
    assert "nothing of ours lies at a former place" in capsys.readouterr().err
    assert main(["ledger", "verify"]) == 0


def test_to_another_host_while_the_old_connection_is_kept_under_its_old_name(
    house: House, openssh: OpenSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the demo's host to OpenSSH: `drop_host` leads to the new one, so that it is `drop_host_old` that is kept."""
    account = openssh.accounts[0]
    new, before = openssh.empty(account), house.environment["AIRFLOW_CONN_DROP_HOST"]
    extra = {"host_key": openssh.host_key, "private_key": openssh.private_key}
    made = json.dumps({"conn_type": "sftp", "host": "127.0.0.1", "port": openssh.port, "extra": extra})
    house.environment["AIRFLOW_CONN_DROP_HOST"] = made
    monkeypatch.setenv("AIRFLOW_CONN_DROP_HOST", made)
    move(house, account=account)
    with pytest.raises(SettingsError, match=r"neither connection drop_host nor drop_host_old has the host key"):
        hour(house)
    assert kinds(house) == [Kind.PUBLISHED] and list(new.iterdir()) == []
    house.environment["AIRFLOW_CONN_DROP_HOST_OLD"] = before
    found = hour(house)
    assert found.moved == 1 and go_files(new) == [found.replaced]
    assert list(house.out(GENT).iterdir()) == []


def test_a_place_where_anothers_drop_lies_is_not_sealed(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Two that exchange their accounts: each could read what lies before the other until it is taken away."""
    known = load_recipients(house.home.recipients)
    accounts = {GENT: account_of(BRUGGE), BRUGGE: account_of(GENT)}
    save_recipients(house.home.recipients, [replace(each, account=accounts[each.kbo]) for each in known.values()])
    assert main(["seal", "--all", "--yes"]) == 1
    assert f"a drop of recipient {GENT} lies at this place" in capsys.readouterr().err


# A host that lost a drop, by its log


def test_a_drop_that_is_gone_though_nobody_came_is_lost_and_put_there_again(house: House) -> None:
    (stem,), log = go_files(house.out(GENT)), house.path / "sftp.log"
    lines = [f"session opened for local user {account_of(GENT)} from [192.0.2.1]"]
    lines += ['remove name "/out/.gegevensdeling"', f'posix-rename old "/out/.x.part" new "/out/{stem}.GO"']
    log.write_text("".join(f"host internal-sftp[7]: {line}\n" for line in lines))
    for path in house.out(GENT).iterdir():
        path.unlink()
    house.settings["sftp_log"] = str(log)
    found = hour(house)
    assert (found.lost, found.fetched, found.replaced is not None) == (1, 0, True)
    assert kinds(house) == [Kind.LOST, Kind.PUBLISHED] and go_files(house.out(GENT)) == [found.replaced]


# Suspended


def test_suspended_now_and_resumed_both_on_record_and_on_the_page(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recipients", "suspend", GENT, "--reason", "sleutel gestolen, melding 7"]) == 0
    assert "1 drops were taken away" in capsys.readouterr().out
    assert list(house.out(GENT).iterdir()) == [] and len(go_files(house.out(BRUGGE))) == 1
    assert next_night(house) == {BRUGGE: Outcome.PUBLISHED, GENT: Outcome.SUSPENDED}
    assert GENT in housekeeping.recipients_to_follow_up(house.night("hour")), "its host may have the drop again"
    assert hour(house).suspended == 0
    assert main(["recipients", "suspend", GENT, "--reason", "nog eens"]) == 0
    assert list(house.out(GENT).iterdir()) == []
    assert page(house)[0].startswith("Opgeschort sinds ") and page(house)[0].endswith(": OCMW Gent (0212.214.125).")
    assert main(["recipients", "resume", GENT, "--reason", "nieuwe sleutel, melding 8"]) == 0
    assert page(house)[0].startswith("Hervat op ")
    assert next_night(house, "after", 2) == {BRUGGE: Outcome.PUBLISHED, GENT: Outcome.PUBLISHED}
    assert kinds(house) == [Kind.SUSPENDED, Kind.PUBLISHED]
    acts = open_ledger(house.ledger).interventions()
    assert [(one.act.value, one.reason) for one in acts] == [
        ("suspend", "sleutel gestolen, melding 7"),
        ("resume", "nieuwe sleutel, melding 8"),
    ]
    assert all(one.who for one in acts)
    assert main(["recipients", "resume", GENT, "--reason", "nog eens"]) == 1
    assert main(["ledger", "verify"]) == 0


def page(house: House) -> list[str]:
    acts = open_ledger(house.ledger).interventions()
    return intervention_sentences(acts, datetime.now(UTC) - timedelta(days=1), {GENT: "OCMW Gent"})


def test_suspended_while_its_host_refuses_it_is_on_record_and_housekeeping_takes_away(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.refuse(GENT)
    assert main(["recipients", "suspend", GENT, "--reason", "x"]) == 1
    assert "is suspended, but what lies before it was not taken away" in capsys.readouterr().err
    house.accept(GENT)
    assert hour(house).suspended == 1
    assert list(house.out(GENT).iterdir()) == [] and kinds(house) == [Kind.SUSPENDED]
    assert main(["recipients", "resume", GENT, "--reason", "x"]) == 0
    found = run_night(house.night("again"))
    assert {one.kbo: one.outcome for one in found.publications}[GENT] is Outcome.ALREADY_PUBLISHED


def test_a_number_that_nobody_has_is_not_suspended(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipients", "suspend", ELSEWHERE, "--reason", "x"]) == 1
    assert "check the number" in capsys.readouterr().err
    assert open_ledger(house.ledger).interventions() == []


# Two installations


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[House, House]]:
    """Two houses on one ledger, which the first one wrote to."""
    ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
    if request.param == "postgresql":
        fresh: Callable[[], str] = request.getfixturevalue("postgres")
        ledger = fresh()
    world = small_world({GENT: 1})
    with (
        lay(tmp_path / "first", world, ledger=ledger) as first,
        lay(tmp_path / "second", world, ledger=ledger) as second,
    ):
        assert not run_night(first.night("first")).errors
        second.enter(monkeypatch)
        yield first, second


WRITING = (
    ["recipients", "suspend", GENT, "--reason", "x"],
    ["recipients", "resume", GENT, "--reason", "x"],
    ["recipients", "destroyed", GENT, "--yes", "--reason", "x"],
    ["withdrawals", "lift", "--parent", "1", "--reason", "x"],
    ["withdrawals", "resend", GENT, "1", "--reason", "x"],
    ["ledger", "redact"],
)


def test_the_second_installation_on_a_ledger_is_refused_in_a_sentence(
    pair: tuple[House, House], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = pair
    head, lying = open_ledger(first.ledger).head(), first.footprint(GENT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "redact_due", lambda *_: pytest.fail("it redacted in another's ledger"))
        refused = run_night(second.night("second"))
    assert "the ledger is that of installation" in str(refused.errors["before"])
    assert not refused.publications and list(second.out(GENT).iterdir()) == []
    for look in (housekeeping.recipients_to_follow_up, lambda night: housekeeping.follow_up_recipient(night, GENT)):
        with pytest.raises(SettingsError, match="two on one ledger would take each other's drops for their own"):
            look(second.night("hour"))
    capsys.readouterr()
    for command in WRITING:
        assert main(command) == 1
        assert "the ledger is that of installation" in capsys.readouterr().err
    assert open_ledger(first.ledger).head() == head and first.footprint(GENT) == lying
    assert not run_night(first.night("again")).errors, "the first goes on"
    assert main(["ledger", "take-over", "--yes", "--reason", "de eerste machine is stuk"]) == 0
    assert housekeeping.recipients_to_follow_up(second.night("third")) == [GENT]
    with pytest.raises(SettingsError, match="the ledger is that of installation"):
        housekeeping.recipients_to_follow_up(first.night("late"))
    assert main(["ledger", "take-over", "--yes", "--reason", "nog eens"]) == 1
    assert "is that of this installation" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["", "{}", '{"installation": "me"}', "[]"])
def test_an_installation_that_does_not_know_itself_sends_nothing(house: House, said: str) -> None:
    path = house.home.anchors / FILE
    path.chmod(0o600)
    path.write_text(said)
    found = run_night(house.night("next", at=datetime.now(UTC) + timedelta(1)))
    assert "does not say which installation this is" in str(found.errors["before"]) and not found.publications
