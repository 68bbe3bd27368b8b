"""Withdrawals recorded against withdrawals applied: they match, and a gate that forgets some is found."""

import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.core import engine as engine_module
from pipeline.core.engine import snapshot_engine
from pipeline.core.errors import DeliveryTransient, SettingsError, TerminalError
from pipeline.core.model import Kbo, Moment, NoCounts, Release, WithdrawalReconciliation
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import local, staged
from pipeline.followup.reconcile import reconcile, reconcile_night, require_match, withdraw_night
from pipeline.followup.reconciliation_page import reconciliation_page
from pipeline.gate.release import run_gate
from pipeline.ledger.disclosures import Holding
from pipeline.ledger.events import Kind
from pipeline.ledger.persons import LedgerKey, person_hashes
from tests.support.deliveries import (
    GENT_PARENTS,
    KEY,
    OF_A_PARENT,
    OF_PAPERS,
    START,
    Agency,
    Change,
    Once,
    to_a_parent_each,
)
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.small_world import BRUGGE, GENT, person
from tests.support.worlds.tables import stage


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Gent has its first drop, with three parents."""
    made = Agency(tmp_path_factory.mktemp("fresh"))
    made.deliver(made.decide())
    return made


@pytest.fixture
def agency(fresh: Agency, tmp_path: Path) -> Agency:
    return fresh.copy(tmp_path)


def lose_the_answer() -> None:
    raise DeliveryTransient("the host is gone")


def central(agency: Agency, decided: Release, nights: int = 1) -> tuple[int, tuple[WithdrawalReconciliation, ...]]:
    """What a run does after its decisions, before any delivery."""
    night: RunContext = agency.night(nights)
    new, before = withdraw_night(night, decided)
    return new, reconcile_night(night, agency.checked, decided, before)


def finds_them_once(agency: Agency, change: Change, gone: dict[int, str]) -> None:
    """Centrally: no delivery is needed for it, and a second time finds nothing new."""
    change(agency)
    decided = agency.decide()
    assert central(agency, decided)[0] == len(gone)
    assert agency.withdrawn == gone
    assert central(agency, decided, nights=2)[0] == 0
    assert agency.withdrawn == gone


@pytest.mark.parametrize("what", OF_PAPERS)
def test_each_night_finds_whom_recipients_hold_and_may_not_use(agency: Agency, what: str) -> None:
    change, cause = OF_PAPERS[what]
    finds_them_once(agency, change, dict.fromkeys(GENT_PARENTS, cause))


def test_each_night_finds_every_parent_for_its_own_cause(tmp_path: Path) -> None:
    """All that may happen to one parent, to a parent each; the last parent is left alone."""
    agency = Agency(tmp_path, parents_of_gent=len(OF_A_PARENT) + 1)
    agency.deliver(agency.decide())
    finds_them_once(agency, *to_a_parent_each(GENT_PARENTS[0]))


def test_a_run_that_tries_again_has_the_figures_of_its_first_try(agency: Agency) -> None:
    agency.says("withdrawal", 202)
    decided = agency.decide()
    first, again = central(agency, decided), central(agency, decided)
    assert again == first
    assert [(one.held, one.on_record) for one in again[1]] == [(1, 1)]
    assert len(agency.ledger.recipient(GENT).withdrawals()) == 1


def test_a_drop_whose_go_file_may_be_there_hides_no_withdrawal(agency: Agency) -> None:
    """The rename happened, its answer was lost, and the host stays away."""
    with pytest.raises(DeliveryTransient):
        agency.deliver(agency.decide(), Once("has put *.GO", lose_the_answer), nights=1)
    assert agency.kinds[-1] is Kind.RELEASING
    agency.says("withdrawal", 202)
    assert central(agency, agency.decide(), nights=2)[0] == 1
    (one,) = agency.ledger.recipient(GENT).withdrawals()
    assert (one.cause, one.after_sequence) == ("withdrawn", 2)


def test_nothing_changed_and_nothing_is_withdrawn(agency: Agency) -> None:
    assert central(agency, agency.decide()) == (0, ())


def test_a_parent_that_is_gone_altogether_is_withdrawn(agency: Agency) -> None:
    agency.change("delete from parent where parent_id = 202")
    assert central(agency, agency.decide())[0] == 1
    assert agency.withdrawn == {202: "outside"}


def test_the_figures_of_a_night(agency: Agency) -> None:
    agency.says("withdrawal", 202)
    agency.says("unknown kind", 203)
    new, found = central(agency, agency.decide())
    assert (new, found) == (2, (WithdrawalReconciliation(GENT, recorded=2, applied=2, held=2, on_record=2),))
    later = central(agency, agency.decide(), nights=2)
    assert later == (0, (WithdrawalReconciliation(GENT, recorded=2, applied=2, held=0, on_record=0),))
    agency.says("grant", 203, fields="name,email")
    assert central(agency, agency.decide(), nights=3)[1] == (WithdrawalReconciliation(GENT, 1, 1, 0, 0),)


def altered(decided: Release, parent: int, folder: Path) -> Release:
    """As a gate that forgot this parent's withdrawal would decide."""
    table = pq.ParquetFile(local(decided.decisions)).read()
    forgotten = pc.equal(table["parent_id"], parent)
    for name, value in (("outcome", "released"), ("kbo", str(GENT)), ("reason", None), ("fields", "email,name")):
        column = pc.if_else(forgotten, pa.scalar(value, pa.string()), table[name])
        table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table, folder / "altered.parquet")
    return replace(decided, decisions=staged(folder / "altered.parquet", table.num_rows))


def test_decisions_that_forget_a_withdrawal_stop_the_run(agency: Agency) -> None:
    agency.says("withdrawal", 202)
    forgetful = altered(agency.decide(), 202, agency.folder)
    with pytest.raises(TerminalError) as caught:
        central(agency, forgetful)
    assert str(caught.value) == (
        f"withdrawals recorded and applied do not match (recipient {GENT}: 1 recorded, 0 applied, 1 held, 0 on record "
        "to be told), so nothing is delivered: report a bug; when it is mended, clear this run from `extract` on"
    )
    page = next((agency.folder / "docs").rglob("reconciliation.html")).read_text()
    assert "Niet gelijk bij 1 ontvanger(s)" in page and "OCMW Gent" in page
    assert not any(value in page for value in person(202).values())


BROKEN = {
    "withdrawals are passed over": ("15_counting_no", "where not is_grant", "where false"),
    "a grant always holds": ("17_consent", "as holds", "or event_id is not null as holds"),
    "a malformed grant is a grant": ("14_known_event", "and failed.event_id is null", ""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_gate_whose_sql_forgets_withdrawals_is_found(
    agency: Agency, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the SQL with the gate's own query broken; the count beside it is another."""
    file, old, new = BROKEN[what]
    copy = agency.folder / "sql"
    shutil.copytree(engine_module.SQL, copy)
    broken = copy / "gate" / f"{file}.sql"
    assert old in broken.read_text()
    broken.write_text(broken.read_text().replace(old, new))
    agency.says("withdrawal", 202)
    agency.says("grant", 203, fields="name,email,income")
    monkeypatch.setattr(engine_module, "SQL", copy)
    with pytest.raises(TerminalError, match=rf"do not match \(recipient {GENT}: 2 recorded, [01] applied"):
        central(agency, agency.decide())


def test_a_withdrawal_that_is_not_put_on_record_stops_the_run() -> None:
    """As when the ledger lost it."""
    held = [
        Holding("R1", person_hashes(KEY, [202])[0], KEY.id, 1),
        Holding("R2", person_hashes(KEY, [203])[0], KEY.id, 1),
    ]
    pairs, keys = {GENT: [202, 203, 999]}, {KEY.id: KEY}.__getitem__
    (whole,) = reconcile(pairs, {}, {GENT: held}, {GENT: []}, keys)
    assert whole == WithdrawalReconciliation(GENT, 3, 3, 2, 2) and whole.matches
    (half,) = reconcile(pairs, {}, {GENT: held}, {GENT: held[:1]}, keys)
    assert half == WithdrawalReconciliation(GENT, 3, 3, 2, 1)
    with pytest.raises(TerminalError, match=rf"\(recipient {GENT}: 3 recorded, 3 applied, 2 held, 1 on record to be"):
        require_match([half])
    require_match([whole])


def test_a_release_to_another_recipient_is_no_mismatch() -> None:
    (one,) = reconcile({GENT: [202]}, {BRUGGE: [202], GENT: [203]}, {}, {}, {}.__getitem__)
    assert one == WithdrawalReconciliation(GENT, 1, 1, 0, 0)


def test_a_key_of_then_that_is_not_kept_stops_the_run(agency: Agency) -> None:
    agency.key = LedgerKey("lost", bytes(32))
    agency.deliver(agency.decide(), nights=1)
    with pytest.raises(SettingsError, match=r"^ledger key lost.*keep it as ledger_key_lost"):
        central(agency, agency.decide(), nights=2)


def test_the_page_names_every_recipient_and_the_sum() -> None:
    found = (WithdrawalReconciliation(BRUGGE, 1, 1, 0, 0), WithdrawalReconciliation(GENT, 1200, 1200, 3, 3))
    page = reconciliation_page(found, {GENT: "OCMW <Gent>"}, START, NoCounts(1, 2, 3, 4, 5))
    assert "OCMW &lt;Gent&gt; (0212214125)" in page and f"<td>({BRUGGE})" in page
    assert "1 toestemming(en) die het afleggen" in page and "4 persoon of personen met meer dan één rij" in page
    assert "5 ouder(s) die alleen nog door de lijst van de bezwaren" in page
    assert page.count("niet gelijk") == 0 and "Alles is gelijk." in page and "15/06/2026 om 03:30" in page
    assert '<td>Samen<td class="number">1,201<td class="number">1,201<td class="number">3<td class="number">3' in page
    assert '<td class="failed">niet gelijk' in reconciliation_page(
        (WithdrawalReconciliation(GENT, 2, 1, 0, 0),), {}, START, NoCounts()
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_count_beside_the_gate_finds_whom_the_gate_finds(seed: int, tmp_path: Path) -> None:
    """On random histories, with ties, future events, malformed ones and late arrivals: two queries, one answer."""
    rng = Random(f"reconcile/{seed}")
    at: Moment = a_night(rng)
    snapshot = stage(random_world(rng, at, 40), tmp_path / "in", at.known_at).snapshot
    with snapshot_engine(snapshot, at, Settings(), tmp_path) as run:
        run_gate(run)
        beside = run.run("followup/withdrawals_recorded.sql").to_pylist()
        gate = run.connection.sql(
            "select parent_id, kbo from consent join same_person using (parent_id) where not holds and"
            " (event_id is not null or (person, kbo) in (select (person, kbo) from counting_no where not is_to_all))"
            " order by kbo, parent_id"
        )
        assert beside == gate.to_arrow_table().to_pylist()
    assert len(beside) > 10


def test_every_recipient_ever_delivered_to_is_looked_at(agency: Agency) -> None:
    """Also one that nobody said anything to for long, and that is covered no more."""
    for kbo in (GENT, Kbo(BRUGGE)):
        agency.change(f"update protocol set ended_on = '2026-01-01' where kbo = '{kbo}'")
    assert central(agency, agency.decide())[0] == len(GENT_PARENTS)
