"""The proof of the lines to fetch in docs/ontvanger/ophalen.md: each, on a real OpenSSH, while its drop is replaced.

A seed decides how much time there is between two replacements. `python -m tests.proof --only fetches` has it alone.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.proof.nights import in_silence
from tests.support.fetching import introduced, set_up
from tests.support.replaced_meanwhile import Replacing, every_way, fetch_while_replaced
from tests.support.servers.openssh import run_openssh
from tests.support.servers.services import REQUIRED, Missing

TIMES = 50


@dataclass
class FetchesProof:
    """`replaced`: how often a drop was; `met`: how often each way had one whole or came too late; `missing`: the
    service without which nothing was tried; `differences` in words."""

    replaced: int = 0
    met: Counter[str] = field(default_factory=Counter)
    missing: str = ""
    differences: list[str] = field(default_factory=list)


def prove_fetches(times: int, seed: int, until: float) -> FetchesProof:
    """So many replacements, or as many as there is time for."""
    try:
        with (
            TemporaryDirectory() as folder,
            in_silence(),
            run_openssh() as server,
            introduced(server, Path(folder) / "ocmw") as recipient,
        ):
            set_up(recipient, server)
            replacing, ways = Replacing(recipient.site.host(), Path(folder)), every_way(recipient, server)
            found = fetch_while_replaced(replacing, ways, times, Random(seed), lambda: time.monotonic() > until)
    except Missing as missing:
        return FetchesProof(missing=str(missing), differences=[str(missing)] if REQUIRED else [])
    met = Counter({f"{way.name}: {what}": count for way in ways for what, count in sorted(way.met.items())})
    return FetchesProof(len(replacing.made) - 1, met, differences=found)
