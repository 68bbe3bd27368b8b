"""Nobody in the world exists: numbers never issued, addresses under example.org, recipients that are real or marked."""

import re
from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.demo.world.people import ROOM, STRIDE, synthetic_insz
from pipeline.demo.world.reference import load_places, read
from pipeline.demo.world.registries import CAW_KBO, make_registry
from tests.support.reference.gate import is_insz
from tests.support.worlds.world_lens import Lens, world


@pytest.fixture(scope="module")
def lens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lens]:
    yield world(tmp_path_factory.mktemp("world"), 0.05)


def test_every_insz_has_a_sequence_number_that_is_never_issued(lens: Lens) -> None:
    numbers = [number for (number,) in lens.rows("select insz from parent where insz is not null")]
    assert len(numbers) > 20_000
    digits = [re.sub(r"\D", "", number) for number in numbers]
    assert {text[6:9] if text[0] != "O" else text[7:10] for text in digits if len(text) >= 10} <= {"000", "999"}


def test_a_right_insz_is_right_and_nobody_shares_it(lens: Lens) -> None:
    numbers = [number for (number,) in lens.rows("select insz from parent where insz is not null")]
    wrong = [number for number in numbers if not is_insz(number)]
    assert 0 < len(wrong) < 0.008 * len(numbers)
    assert len(set(numbers)) == len(numbers)


def test_the_room_holds_each_number_once() -> None:
    numbers = synthetic_insz(np.arange(ROOM)).to_pylist()
    assert len(set(numbers)) == ROOM
    assert all(map(is_insz, numbers))
    assert np.gcd(STRIDE, ROOM) == 1
    assert {number[6:9] for number in numbers} == {"000", "999"}
    assert {int(number[2]) // 2 for number in numbers} == {0, 1, 2}


def test_every_mailbox_is_under_example_org(lens: Lens) -> None:
    hosts = lens.rows("select distinct split_part(email, '@', -1) from parent where contains(email, '@')")
    assert hosts == [("example.org",)]
    assert lens.one("select avg((email is not null and not contains(email, '@'))::int) from parent") < 0.005


def test_every_phone_is_of_the_fictitious_block(lens: Lens) -> None:
    odd = lens.one(
        "select avg((not regexp_full_match(regexp_replace(phone, '[^0-9+]', '', 'g'), $form))::int) "
        "from parent where phone is not null",
        form=r"(0|\+32|0032)4(70|77|79|86|95)00[0-9]{4}|09000[0-9]{4}",
    )
    assert 0 < odd < 0.005


def test_recipients_are_the_real_ones_and_one_invented_number(lens: Lens) -> None:
    real = {row["kbo"] for row in read("ocmw_2025.csv")}
    held = {kbo: (name, kind) for kbo, name, kind in lens.rows("select kbo, name, kind from recipient")}
    assert set(held) == real | {CAW_KBO}
    assert CAW_KBO not in real
    assert held[CAW_KBO] == ("CAW Brussel (KBO verzonnen)", "CAW")
    assert {kind for kbo, (_, kind) in held.items() if kbo != CAW_KBO} == {"OCMW"}
    assert held["0212214125"][0] == "OCMW Gent"
    assert 97 - int(CAW_KBO[:8]) % 97 == int(CAW_KBO[8:])


def test_every_municipality_is_served_today(lens: Lens) -> None:
    served = {code for (code,) in lens.rows("select nis_code from recipient_municipality where valid_until is null")}
    assert served == set(load_places().code)
    assert len(served) == 285 + 19


def test_no_paper_or_service_names_an_unknown_recipient(lens: Lens) -> None:
    for feed in ("agreement", "protocol", "recipient_municipality", "consent_event"):
        assert lens.one(f"select count(*) from {feed} where kbo not in (select kbo from recipient)") == 0


def test_teams_follow_several_municipalities_each() -> None:
    here = make_registry(load_places())
    served: dict[str, set[str]] = {}
    for code, team in zip(load_places().code, here.team, strict=True):
        served.setdefault(team, set()).add(code)
    assert 60 <= len(served) <= 100
    assert {len(codes) for codes in served.values()} <= set(range(1, 8))
    assert sum(len(codes) > 1 for codes in served.values()) > 60


def test_nothing_is_recorded_after_the_feeds_were_produced(lens: Lens) -> None:
    for feed in ("residence", "indicator_assessment", "agreement", "protocol", "consent_event"):
        late = f"select count(*) from {feed} where recorded_at > (select min(produced_at) from feed_control)"
        assert lens.one(late) == 0
    assert lens.one("select max(deceased_on) from parent") < lens.as_of
    assert lens.one("select max(birth_date) from child") < lens.as_of
