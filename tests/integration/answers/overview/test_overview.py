"""One authority a case: its state on the day, as spec; drops, mergers, places, bad input; SQLite beside PostgreSQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.answers.overview import collect
from pipeline.answers.overview.collect import collect_overview
from pipeline.answers.overview.days import month_ends
from pipeline.answers.overview.model import Authority, Overview
from pipeline.answers.overview.model import AuthorityState as State
from pipeline.answers.overview.write import overview_files
from pipeline.core.errors import FeedError, LoadUnderWay
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.ledger.events import Kind
from tests.support.overseen import AALST, DAY, GENT, KNOWN, RecordedAgency, begun, deliver, filled, nights
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.small_world import execute, small_world, to_postgresql
from tests.support.worlds.tables import World, controlled, instant, world

TODAY, YESTERDAY, WEEK_AGO = str(DAY), str(DAY - timedelta(days=1)), str(DAY - timedelta(days=7))
SIX_DAYS_AGO, TOMORROW = str(DAY - timedelta(days=6)), str(DAY + timedelta(days=1))
MERGED = "46030"
"""Beveren-Kruibeke-Zwijndrecht, of 1 January 2025."""
BEFORE, SINCE = {"valid_from": "2024-06-01"}, {"valid_from": "2025-01-01"}


@pytest.fixture(autouse=True, scope="module")
def last_months() -> Iterator[None]:
    """The evolution is tried in tests/property: here its last months will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collect, "month_ends", lambda as_of: list(month_ends(as_of))[-4:])
        yield


@dataclass(frozen=True)
class Case:
    """A baseline authority (agreement and protocol in force since February 2025), with this change and these drops."""

    says: str
    state: State
    change: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    drops: tuple[str, ...] = ()


def papers(agreements: Sequence[Mapping[str, Any]], protocols: Sequence[Mapping[str, Any]], nis: str = "44021") -> Any:
    """Versions given as rows; each is a paper of its own."""
    return {
        "agreement": [{"agreement_id": f"A{n}"} | row for n, row in enumerate(agreements)],
        "protocol": [{"protocol_id": f"P{n}"} | row for n, row in enumerate(protocols)],
        "recipient_municipality": [{"nis_code": nis}],
    }


ENDED, DRAFT = {"ended_on": YESTERDAY}, {"signed_on": None}
CASES = (
    Case("no paper at all", State.NONE, papers([], [])),
    Case("a processing agreement is no protocol", State.NONE, papers([], [{"kind": "processing_agreement"}])),
    Case("a protocol of another decree is of another flow", State.NONE, papers([], [{"legal_basis": "other"}])),
    Case("drafts that nobody signed", State.NONE, papers([DRAFT], [DRAFT])),
    Case("signed tomorrow", State.NONE, papers([{"signed_on": TOMORROW}], [{"signed_on": TOMORROW}])),
    Case("both ended yesterday", State.NONE, papers([ENDED], [ENDED])),
    Case("the last day is a day", State.IN_FORCE, papers([{"ended_on": TODAY}], [{"valid_until": TODAY}])),
    Case("an agreement alone", State.SIGNED, papers([{}], [])),
    Case("a protocol alone", State.SIGNED, papers([], [{}])),
    Case("the protocol ended, the agreement did not", State.SIGNED, papers([{}], [ENDED])),
    Case("the protocol is not published", State.SIGNED, papers([{}], [{"published_url": None}])),
    Case("not published by the recipient", State.SIGNED, papers([{}], [{"recipient_published_url": None}])),
    Case(
        "no advice of the recipient's officer yet", State.SIGNED, papers([{}], [{"recipient_dpo_advice_on": TOMORROW}])
    ),
    Case("the protocol has no advice yet", State.SIGNED, papers([{}], [{"dpo_advice_on": TOMORROW}])),
    Case("the protocol asks for more than the decree allows", State.SIGNED, papers([{}], [{"fields": "name,insz"}])),
    Case("an impossible threshold", State.SIGNED, papers([{"min_criteria": 7}], [{}])),
    Case("begins tomorrow", State.SIGNED, papers([{"valid_from": TOMORROW}], [{}])),
    Case("both from before the merger", State.TO_BE_RENEWED, papers([BEFORE], [BEFORE], MERGED)),
    Case("one of them from before the merger", State.TO_BE_RENEWED, papers([BEFORE], [SINCE], MERGED)),
    Case("from the very day of the merger", State.IN_FORCE, papers([SINCE], [SINCE], MERGED)),
    Case("renewed next to the old ones", State.IN_FORCE, papers([BEFORE, SINCE], [BEFORE, SINCE], MERGED)),
    Case("suspended and then ended", State.NONE, papers([BEFORE | ENDED], [BEFORE | ENDED], MERGED)),
    Case("suspended beside one that is not signed", State.TO_BE_RENEWED, papers([BEFORE, DRAFT], [DRAFT], MERGED)),
    Case("both in force, and nothing was ever delivered", State.IN_FORCE),
    Case("a drop last night", State.EXCHANGING, drops=(TODAY,)),
    Case("a drop on the first night of the window", State.EXCHANGING, drops=(SIX_DAYS_AGO,)),
    Case("a drop on the night before the window", State.IN_FORCE, drops=(WEEK_AGO,)),
    Case("a drop on the night after the day", State.IN_FORCE, drops=(TOMORROW,)),
    Case("a drop under an agreement that ended since", State.SIGNED, papers([ENDED], [{}]), (TODAY,)),
    Case("a drop under papers that both ended since", State.NONE, papers([ENDED], [ENDED]), (TODAY,)),
    Case(
        "a drop before the merger suspended the papers",
        State.TO_BE_RENEWED,
        papers([BEFORE], [BEFORE], MERGED),
        (TODAY,),
    ),
)


KBOS = {case.says: Kbo(f"{number:010}") for number, case in enumerate(CASES, 1)}
"""Each case has a recipient of its own, so that one overview tells of all."""


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[Kbo, State]:
    """Of every case at once, a setting aside: known late enough to know of every drop."""
    made = together([(KBOS[case.says], world(case.change)) for case in CASES])
    drops = [(KBOS[case.says], night) for case in CASES for night in case.drops]
    folder = tmp_path_factory.mktemp("cases")
    found = RecordedAgency.of(made, folder, begun(folder, *drops)).ask(known_at="2026-06-17 08:00")
    return {one.kbo: one.state for one in found.authorities}


def together(worlds: Sequence[tuple[Kbo, World]]) -> World:
    """The registers of all of them, each under a number and with papers of its own."""
    owned = {"kbo": "", "agreement_id": "", "protocol_id": ""}
    return {
        feed: [
            row | {name: kbo + (f"/{row[name]}" if name != "kbo" else "") for name in owned if name in row}
            for kbo, made in worlds
            for row in made[feed]
        ][: 1 if feed == "local_team" else None]
        for feed in worlds[0][1]
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_an_authority_has_the_state(case: Case, states: dict[Kbo, State]) -> None:
    assert states[KBOS[case.says]] is case.state


@pytest.mark.parametrize(("days", "state"), [(1, State.IN_FORCE), (7, State.IN_FORCE), (8, State.EXCHANGING)])
def test_the_window_is_a_setting(days: int, state: State, tmp_path: Path) -> None:
    agency = RecordedAgency.of(world({}), tmp_path, begun(tmp_path, (GENT, WEEK_AGO)))
    assert gent(agency.ask(overview_window_days=days)).state is state


def gent(found: Overview) -> Authority:
    (one,) = found.authorities
    return one


# Drops


LAST_STEPS = {
    Kind.INTENT: State.IN_FORCE,
    Kind.RELEASING: State.IN_FORCE,
    Kind.PUBLISHED: State.EXCHANGING,
    Kind.RECALLED: State.EXCHANGING,
}


def test_a_drop_counts_once_its_go_file_was_there(tmp_path: Path) -> None:
    """A recipient for every step that a drop may have come to."""
    kbos = {last: Kbo(f"{number:010}") for number, last in enumerate(LAST_STEPS, 1)}
    ledger = begun(tmp_path)
    for last, kbo in kbos.items():
        deliver(ledger, kbo, TODAY, last)
    found = RecordedAgency.of(together([(kbo, world({})) for kbo in kbos.values()]), tmp_path, ledger).ask()
    states = {one.kbo: one.state for one in found.authorities}
    assert {last: states[kbo] for last, kbo in kbos.items()} == LAST_STEPS


def test_a_late_drop_counts_for_its_night_once_it_is_known(tmp_path: Path) -> None:
    ledger = begun(tmp_path)
    deliver(ledger, GENT, TODAY, at="2026-06-20 10:00")
    agency = RecordedAgency.of(world({}), tmp_path, ledger)
    assert gent(agency.ask(known_at="2026-06-20 09:59:59")).state is State.IN_FORCE
    assert gent(agency.ask(known_at="2026-06-20 10:00")).state is State.EXCHANGING


def test_the_last_drop_is_told_also_when_it_was_long_ago(tmp_path: Path) -> None:
    ledger = begun(tmp_path, (GENT, "2026-01-05"), (GENT, "2026-03-02"), (GENT, TOMORROW))
    found = RecordedAgency.of(world({}), tmp_path, ledger).ask(known_at="2026-07-01 00:00")
    assert (gent(found).last_drop, gent(found).state) == (date(2026, 3, 2), State.IN_FORCE)


def test_who_gets_drops_no_more_is_remarked(tmp_path: Path) -> None:
    ended = world(papers([ENDED], [ENDED]))
    found = RecordedAgency.of(ended, tmp_path, begun(tmp_path, (GENT, TODAY))).ask()
    assert any("telt dus niet als uitwisselend: OCMW Gent." in remark for remark in found.remarks)


def test_before_the_ledger_exchanging_is_unknown_and_never_nought(tmp_path: Path) -> None:
    ledger = filled(f"sqlite:///{tmp_path / 'l'}", [(GENT, night) for night in nights(count=20)])
    found = RecordedAgency.of(world({}), tmp_path, ledger).ask()
    assert [month.authorities_exchanging for month in found.months[-3:]] == [None, 1, 1]
    assert found.ledger_since == instant("2026-05-27 01:30")
    earlier = RecordedAgency.of(world({}), tmp_path / "again", ledger).ask(date(2026, 5, 26))
    assert (gent(earlier).state, gent(earlier).last_drop) == (State.IN_FORCE, None)
    assert any("begint op 27 mei 2026: welke besturen" in remark for remark in earlier.remarks)


def test_after_what_is_known_exchanging_is_unknown_and_never_nought(tmp_path: Path) -> None:
    agency = RecordedAgency.of(world({}), tmp_path, begun(tmp_path, (GENT, "2026-05-31"), (GENT, TODAY)))
    found = agency.ask(date(2026, 6, 30), "2026-06-01 08:00")
    assert [month.authorities_exchanging for month in found.months[-2:]] == [1, None]
    assert (gent(found).state, gent(found).last_drop) == (State.IN_FORCE, None)
    assert any("is maar tot 1 juni 2026 bekend: welke besturen" in remark for remark in found.remarks)


def test_a_window_that_begins_before_the_ledger_is_remarked(tmp_path: Path) -> None:
    ledger = filled(f"sqlite:///{tmp_path / 'l'}", [(GENT, YESTERDAY)])
    found = RecordedAgency.of(world({}), tmp_path, ledger).ask()
    assert gent(found).state is State.EXCHANGING
    assert any("begint pas op 14 juni 2026" in remark for remark in found.remarks)


def test_a_ledger_without_a_line_knows_nothing(tmp_path: Path) -> None:
    ledger = new_ledger(f"sqlite:///{tmp_path / 'l'}")
    found = RecordedAgency.of(world({}), tmp_path, ledger).ask()
    assert found.ledger_since is None and {month.authorities_exchanging for month in found.months} == {None}
    assert (
        "Het register van verzendingen is leeg: welke besturen gegevens uitwisselen, is niet bekend." in found.remarks
    )


def test_a_ledger_of_later_than_what_is_known_is_not_there_yet(tmp_path: Path) -> None:
    ledger = filled(f"sqlite:///{tmp_path / 'l'}", [(GENT, TODAY)])
    found = RecordedAgency.of(world({}), tmp_path, ledger).ask(known_at="2026-06-15 01:29")
    assert found.ledger_since is None and gent(found).last_drop is None


# What was known


def test_what_was_recorded_later_was_not_known(tmp_path: Path) -> None:
    """An end that was recorded on the 20th: on the 16th nobody knew."""
    made = world({"agreement": [{}, {"recorded_at": "2026-06-20 09:00", "ended_on": "2026-06-10"}]})
    agency = RecordedAgency.of(made, tmp_path)
    assert gent(agency.ask(known_at="2026-06-20 08:59:59")).state is State.IN_FORCE
    assert gent(agency.ask(known_at="2026-06-20 09:00")).state is State.SIGNED
    assert any("wat bekend was op" in remark for remark in agency.ask(known_at="2026-06-10 12:00").remarks)


def test_a_paper_is_of_a_day_once_it_was_signed_or_on_record(tmp_path: Path) -> None:
    """What was signed in 2025 is no draft of 2024; and a signature that was recorded late counts from its day."""
    made = world({"agreement": [{"signed_on": "2025-03-01", "recorded_at": "2025-04-01 09:00"}], "protocol": []})
    agency = RecordedAgency.of(made, tmp_path)
    assert gent(agency.ask(date(2025, 2, 28))).papers == ()
    assert [paper.paper_id for paper in gent(agency.ask(date(2025, 3, 1))).papers] == ["A1"]


def test_a_draft_is_there_from_the_day_that_it_is_on_record(tmp_path: Path) -> None:
    agency = RecordedAgency.of(world({"agreement": [DRAFT], "protocol": []}), tmp_path)
    assert gent(agency.ask(date(2025, 1, 14))).papers == ()
    assert [paper.state.value for paper in gent(agency.ask(date(2025, 1, 15))).papers] == ["not_signed"]


# Places


def test_a_merger_renames_regroups_and_suspends(tmp_path: Path) -> None:
    """OCMW Beveren, then of Beveren alone; from 2025 on of what Beveren went into with two others."""
    made = world(
        papers([{"valid_from": "2024-06-01"}], [{"valid_from": "2024-06-01"}])
        | {
            "recipient": [{"name": "OCMW Beveren"}],
            "recipient_municipality": [
                {"nis_code": "46003", "valid_from": "1977-01-01", "valid_until": "2024-12-31"},
                {"nis_code": MERGED, "valid_from": "2025-01-01"},
            ],
        }
    )
    for feed in ("agreement", "protocol"):
        for row in made[feed]:
            row["signed_on"], row["recorded_at"] = date(2024, 5, 1), instant("2024-05-02 09:00")
    for officer in ("dpo_advice_on", "recipient_dpo_advice_on"):
        made["protocol"][0][officer] = date(2024, 4, 1)
    agency = RecordedAgency.of(made, tmp_path)
    before, after = gent(agency.ask(date(2024, 12, 31))), gent(agency.ask(date(2025, 1, 1)))
    assert [place.name for place in before.municipalities] == ["Beveren"]
    assert [place.name for place in after.municipalities] == ["Beveren-Kruibeke-Zwijndrecht"]
    assert {place.province for place in (*before.municipalities, *after.municipalities)} == {"Oost-Vlaanderen"}
    assert (before.state, after.state) == (State.IN_FORCE, State.TO_BE_RENEWED)
    in_force = [month.agreements_in_force for month in agency.ask(date(2025, 2, 1)).months[-4:]]
    assert in_force == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("46003", "OCMW Gent bedient volgens het register NIS-code 46003 (Beveren), op deze dag geen gemeente; het "
                  "gebied hoort nu bij Beveren-Kruibeke-Zwijndrecht: daar wordt niets gedeeld."),
        ("99999", "OCMW Gent bedient volgens het register NIS-code 99999, op deze dag geen gemeente: daar wordt niets "
                  "gedeeld."),
    ],
)  # fmt: skip
def test_a_municipality_that_exists_no_more_is_remarked(code: str, says: str, tmp_path: Path) -> None:
    found = RecordedAgency.of(world({"recipient_municipality": [{"nis_code": code}]}), tmp_path).ask()
    assert says in found.remarks
    assert gent(found).municipalities == ()


def test_a_municipality_that_two_serve_is_nobodys(tmp_path: Path) -> None:
    two = {
        "recipient": [{}, {"kbo": AALST, "name": "OCMW Aalst"}],
        "recipient_municipality": [{}, {"kbo": AALST}, {"kbo": AALST, "nis_code": "41002"}],
    }
    found = RecordedAgency.of(world(two), tmp_path).ask()
    served = {one.name: [place.name for place in one.municipalities] for one in found.authorities}
    assert served == {"OCMW Aalst": ["Aalst"], "OCMW Gent": []}
    assert any("meer dan één bestuur instaat" in remark and remark.endswith(": Gent.") for remark in found.remarks)
    assert any("geen bestuur instaat" in remark and " en 292 andere" in remark for remark in found.remarks)


def test_brussels_is_the_caws_and_has_a_name_for_its_province(tmp_path: Path) -> None:
    brussels = [f"210{number:02}" for number in range(1, 20)]
    caw = {
        "recipient": [{"name": "CAW Brussel", "kind": "CAW"}],
        "recipient_municipality": [{"nis_code": code} for code in brussels],
    }
    found = gent(RecordedAgency.of(world(caw), tmp_path).ask())
    assert len(found.municipalities) == 19
    assert {place.province for place in found.municipalities} == {"Brussels Hoofdstedelijk Gewest"}


# Who is there


def test_who_serves_nowhere_and_has_no_paper_is_not_there(tmp_path: Path) -> None:
    later = {
        "recipient": [{}, {"kbo": AALST, "name": "OCMW Aalst"}],
        "recipient_municipality": [{}, {"kbo": AALST, "nis_code": "41002", "valid_from": "2026-06-16"}],
    }
    agency = RecordedAgency.of(world(later), tmp_path)
    assert [one.name for one in agency.ask().authorities] == ["OCMW Gent"]
    assert [one.name for one in agency.ask(date(2026, 6, 16)).authorities] == ["OCMW Aalst", "OCMW Gent"]


def test_papers_of_who_is_not_registered_are_told_and_never_in_force(tmp_path: Path) -> None:
    stranger = papers([{"kbo": AALST}], [{"kbo": AALST}])
    found = RecordedAgency.of(world(stranger), tmp_path).ask()
    states = {one.name: one.state for one in found.authorities}
    assert states == {"KBO 0212.237.186 (niet in het register)": State.SIGNED, "OCMW Gent": State.NONE}
    assert any(remark.endswith("niet in het register van besturen: KBO 0212.237.186 (niet in het register).")
               for remark in found.remarks)  # fmt: skip
    assert found.months[-1].authorities_in_force == 0


def test_teams_of_one_name_are_told_apart(tmp_path: Path) -> None:
    teams = [{"local_team_id": "T1"}, {"local_team_id": "T2"}, {"local_team_id": "T3", "name": "Team Zuid"}]
    found = RecordedAgency.of(world({"local_team": teams}), tmp_path).ask()
    assert found.teams == ("Team Gent (T1)", "Team Gent (T2)", "Team Zuid")
    assert gent(found).teams == ("Team Gent (T1)",)


# Bad input


def test_before_the_decree_nothing_could_be_shared(tmp_path: Path) -> None:
    old = {"signed_on": "2021-01-01", "valid_from": "2021-01-01", "recorded_at": "2021-01-01 09:00"}
    advised = {"dpo_advice_on": "2021-01-01", "recipient_dpo_advice_on": "2021-01-01"}
    made = world({"agreement": [old], "protocol": [old | advised]})
    found = RecordedAgency.of(made, tmp_path, begun(tmp_path, (GENT, "2022-03-09"))).ask(date(2022, 3, 10))
    assert (gent(found).state, gent(found).papers, gent(found).last_drop) == (State.NONE, (), None)
    assert {count.signed for count in found.counts} == {0} and found.months == ()
    (says,) = found.remarks
    assert says == (
        "Op 10 maart 2022 kon nog niets gedeeld worden: het decreet van 4 februari 2022 verscheen op 11 maart 2022 in "
        "het Belgisch Staatsblad. Alle aantallen zijn daarom nul."
    )


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1976, 12, 31), date(2018, 12, 31)])
def test_a_day_of_long_ago_is_before_the_decree_as_well(day: date, tmp_path: Path) -> None:
    found = RecordedAgency.of(world({}), tmp_path).ask(day)
    assert len(found.remarks) == 1 and {count.signed for count in found.counts} == {0}


def test_registries_without_a_single_agreement_say_so(tmp_path: Path) -> None:
    found = RecordedAgency.of(world({"agreement": [], "protocol": []}), tmp_path).ask()
    assert "De registers bevatten voor deze dag geen enkele samenwerkingsovereenkomst." in found.remarks
    assert "De registers bevatten voor deze dag geen enkel protocol onder het decreet." in found.remarks
    assert [count.signed for count in found.counts] == [0, 0, 0]


def test_empty_registries_are_an_overview_of_nobody(tmp_path: Path) -> None:
    empty = world({feed: [] for feed in ("recipient", "recipient_municipality", "local_team", "agreement", "protocol")})
    found = RecordedAgency.of(empty, tmp_path).ask()
    assert found.authorities == () and found.months[-1].authorities_exchanging == 0
    assert overview_files(found)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("update agreement set signed_on = 'gisteren'", "feed agreement: 1 rows hold a value that cannot be read"),
        ("insert into protocol select * from protocol", "feed protocol: 1 rows have no key of their own"),
        ("delete from recipient", "feed recipient has 0 of the 1 rows that feed_control says"),
        ("delete from feed_control", "feed agreement has no row in feed_control"),
        ("insert into recipient select '0212237186', name, kind, ovo from recipient", "feed recipient: 2 rows where"),
    ],
)
def test_registers_that_are_not_whole_are_not_counted(damage: str, says: str, tmp_path: Path) -> None:
    agency = RecordedAgency.of(world({}), tmp_path)
    execute(agency.uri, damage)
    if "into protocol" in damage:
        execute(agency.uri, "update feed_control set row_count = 2 where feed = 'protocol'")
    with pytest.raises((FeedError, LoadUnderWay)) as caught:
        agency.ask()
    assert says in str(caught.value)


# On both databases


@dataclass(frozen=True)
class Varied:
    """Recipients that differ, with drops, in SQLite: their overview and its files."""

    world: World
    drops: list[tuple[Kbo, str]]
    found: Overview
    files: Mapping[str, bytes]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Varied:
    made, folder = varied(), tmp_path_factory.mktemp("varied")
    drops = [(Kbo(row["kbo"]), night) for row in made["recipient"][:2] for night in nights(count=2)]
    found = RecordedAgency.of(made, folder, filled(f"sqlite:///{folder / 'ledger'}", drops)).ask()
    return Varied(made, drops, found, overview_files(found))


def test_the_same_on_postgresql_byte_for_byte(on_sqlite: Varied, tmp_path: Path, postgres: Callable[[], str]) -> None:
    heavy = RecordedAgency(tmp_path, postgres(), filled(postgres(), on_sqlite.drops))
    to_postgresql(on_sqlite.world, heavy.uri, tmp_path)
    produced = controlled(on_sqlite.world, instant(KNOWN))["feed_control"]
    assert {row["feed"] for row in produced} >= {"agreement", "protocol"}
    found = heavy.ask()
    assert found == on_sqlite.found
    assert overview_files(found) == on_sqlite.files


def test_the_order_of_rows_does_not_matter(on_sqlite: Varied, tmp_path: Path) -> None:
    turned: World = {feed: rows[::-1] for feed, rows in on_sqlite.world.items()}
    ledger = filled(f"sqlite:///{tmp_path / 'ledger'}", on_sqlite.drops)
    assert overview_files(RecordedAgency.of(turned, tmp_path, ledger).ask()) == on_sqlite.files


def varied() -> World:
    """Five recipients, whose papers differ."""
    made = small_world(today=DAY)
    made["agreement"][1]["ended_on"] = DAY - timedelta(days=3)
    made["agreement"][2]["signed_on"] = None
    made["protocol"][3]["fields"] = "name,insz"
    made["recipient"][4]["name"] = '=Önbekend; "OCMW"\r\nAalst'
    return made


def test_no_table_of_persons_is_read(tmp_path: Path) -> None:
    agency = RecordedAgency.of(world({}), tmp_path)
    for feed in ("parent", "residence", "family", "child", "consent_event", "indicator_assessment"):
        execute(agency.uri, f"drop table {feed}")
    settings = Settings()
    found = collect_overview(agency.uri, agency.ledger, DAY, instant(KNOWN), settings, tmp_path / "o")
    assert gent(found).state is State.IN_FORCE
