"""The proof of what a host may send: conversations whose answers are spoilt here and there, each in a way of chance.

A seed names its conversations: the same one always makes the same. `python -m tests.proof --only hosts` has them alone.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.proof.nights import in_silence
from tests.support.hostile.conversation import Conversations, judge, lines, scripts
from tests.support.hostile.flows import FLOWS, Ended

CONVERSATIONS = 6_000
PER_PART = 30
LINES_IN_TEN = 1
"""Conversations on a line on which no SSH comes about; each costs a connection over TCP."""


@dataclass
class HostsProof:
    """`met`: how many conversations ended in which way; `differences` in words, each with its seed."""

    met: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def conversations(self) -> int:
        return sum(self.met.values())

    def __iadd__(self, other: "HostsProof") -> "HostsProof":
        self.met += other.met
        self.differences += other.differences
        return self


def parts_for(conversations: int) -> int:
    return -(-conversations // PER_PART)


def prove_hosts_part(seed: int, part: int) -> HostsProof:
    """Some of a seed's conversations."""
    return converse(seed * 100_000 + part, PER_PART)


def converse(seed: int, examples: int) -> HostsProof:
    """So many conversations of one seed, or as far as the first that ends as none may."""
    proof = HostsProof()
    with TemporaryDirectory() as folder, in_silence():
        talks = Conversations(Path(folder), Path(folder) / "home")

        @hypothesis.seed(seed)
        @_settings(examples)
        @given(st.sampled_from(sorted(FLOWS)), scripts)
        def spoilt(flow: str, script: dict[int, object]) -> None:
            _judged(proof, talks.spoilt(flow, script))

        @hypothesis.seed(seed)
        @_settings(max(1, examples * LINES_IN_TEN // 10))
        @given(lines)
        def on_a_line(line: tuple[bool, list[bytes]]) -> None:
            _judged(proof, talks.on_a_line(*line))

        for play in (spoilt, on_a_line):
            try:
                play()
            except Exception as error:  # noqa: BLE001 - any error is a difference, and is told
                notes = "\n".join(getattr(error, "__notes__", ()))
                proof.differences.append(f"seed {seed}: {type(error).__name__}: {error}\n{notes}")
    return proof


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def _judged(proof: HostsProof, ended: Ended) -> None:
    proof.met[ended.end] += 1
    judge(ended)
