"""A few of the proof's conversations with a host that spoils its answers (`make proof`, tests/proof/hosts.py), and that
it would tell."""

from pathlib import Path

import pytest

from tests.proof.hosts import converse
from tests.support.hostile.behaviour import End
from tests.support.hostile.conversation import Conversations, judge
from tests.support.hostile.flows import FLOWS, Ended


def test_whatever_a_host_sends_a_delivery_ends_in_true_success_or_in_one_sentence() -> None:
    proof = converse(seed=5, examples=90)
    assert proof.differences == []
    assert proof.conversations >= 90
    assert {End.DONE, End.TRANSIENT, End.REFUSED} <= set(proof.met)


@pytest.mark.parametrize("flow", FLOWS)
def test_an_unspoilt_conversation_is_done(flow: str, tmp_path: Path) -> None:
    """Else the proof would be of refusals alone."""
    ended = Conversations(tmp_path, tmp_path / "home").spoilt(flow, {})
    assert (ended.end, ended.says) == (End.DONE, "")


@pytest.mark.parametrize("ended", [Ended("drop", end, "", 0.1, True) for end in (End.UNTRUE, End.STUCK, End.OTHER)])
def test_what_may_never_be_is_a_difference(ended: Ended) -> None:
    with pytest.raises(AssertionError, match=f"drop: {ended.end}"):
        judge(ended)


def test_a_sentence_with_the_hosts_own_words_is_a_difference() -> None:
    with pytest.raises(AssertionError, match="repeats the host"):
        judge(Ended("drop", End.REFUSED, "gent@host:22 says \x1b[2J", 0.1, True))
