"""How `make proof` looks for planted faults, shares its time, and says how far it came; without a history."""

import math
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.mutation import command
from tests.proof import nights
from tests.proof.nights import RANDOM, TOLD, FaultSearch, NightsProof, search_for

TOLD_FAULT, OTHER_FAULT = "older over newer", "nobody is told"
DIFFERS = NightsProof(differences=["seed 1: Difference: it differs"])
CRASHES = NightsProof(differences=["seed 1: TypeError: the plant is broken"])
SAME = NightsProof()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the random histories come to, one by one, and the one that was told."""

    def of(*proofs: NightsProof, told: str = "") -> None:
        left = [*proofs]
        monkeypatch.setattr(nights, "run_machine", lambda *_: left.pop(0) if left else SAME)
        monkeypatch.setattr(nights, "differs", lambda _: told)

    return of


def test_a_fault_is_found_by_the_random_history_that_differs(made: Callable[..., None]) -> None:
    made(SAME, CRASHES, DIFFERS)
    assert search_for(1, math.inf, OTHER_FAULT) == FaultSearch(OTHER_FAULT, 3, RANDOM)


def test_a_fault_is_found_by_its_own_history_once_the_random_ones_are_over(made: Callable[..., None]) -> None:
    made(told="it differs")
    assert search_for(1, math.inf, TOLD_FAULT) == FaultSearch(TOLD_FAULT, nights.FOR_A_TOLD_FAULT, TOLD)
    assert search_for(1, time.monotonic() - 1, TOLD_FAULT) == FaultSearch(TOLD_FAULT, 0, TOLD)


def test_a_fault_that_nothing_finds_is_missed_and_one_without_time_is_not_judged(made: Callable[..., None]) -> None:
    made()
    assert search_for(1, math.inf, TOLD_FAULT) == FaultSearch(TOLD_FAULT, nights.FOR_A_TOLD_FAULT)
    assert search_for(1, math.inf, OTHER_FAULT) == FaultSearch(OTHER_FAULT, nights.FOR_A_FAULT)
    assert search_for(1, time.monotonic() - 1, OTHER_FAULT) == FaultSearch(OTHER_FAULT, 0, is_over=True)


def test_the_nights_leave_a_part_of_their_time_to_the_faults_and_say_how_far_they_came(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    began, ends = time.monotonic(), {}

    def of_nights(asked: int, seed: int, until: float) -> NightsProof:
        ends["nights"] = until - began
        return NightsProof(Counter(histories=32, nights=160))

    def of_faults(seed: int, until: float) -> list[FaultSearch]:
        ends["faults"] = until - began
        return [
            FaultSearch("a", 3, RANDOM),
            FaultSearch("b", 0, TOLD),
            FaultSearch("c", 8),
            FaultSearch("d", 1, is_over=True),
        ]

    monkeypatch.setattr(command, "of_nights", of_nights)
    monkeypatch.setattr(command, "of_faults", of_faults)
    monkeypatch.setattr(command, "of_told_histories", list)
    assert command.nights_and_faults(300, 1, began + 200) == ["not found: c"]
    assert ends == {"nights": pytest.approx(120, abs=5), "faults": pytest.approx(200, abs=5)}
    said = capsys.readouterr().out
    assert "The time is over: 32 of 300 histories of nights were made." in said
    assert "  a: found by random history 3\n  b: found by the history told for it, after no random one\n" in said
    assert "  c: NOT FOUND after 8 random ones\n  d: the time was over after 1 random ones\n" in said
    command.nights_and_faults(300, 1, math.inf)
    assert ends["nights"] == pytest.approx(nights.FOR_THE_NIGHTS, abs=5) == 30 * 60
    assert ends["faults"] == pytest.approx(nights.FOR_THE_FAULTS, abs=5)
