"""What the final check of a delivery costs, beside the first decision: `python -m bench.final_check --scales 0.1 1`.

Each look is a delivery's own (pipeline/gate): the decision it begins with, and the same decision made again, where
somebody wrote something meanwhile and where nobody did. On PostgreSQL and on SQLite, in turn within each round.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

import psycopg2

from bench.larger import larger
from pipeline.core.loads import AgencySource
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.demo.world import synthesize
from pipeline.gate.again import again
from pipeline.gate.current import Clocks, CurrentDecision, Question, decide_now
from pipeline.ledger.persons import LedgerKey
from pipeline.ledger.suppression import KEPT_NO, LIFTED_NO, SuppressionList
from pipeline.source.agency import open_agency
from pipeline.source.look import FOR_A_DELIVERY
from tests.support.servers.postgres import Databases, run_postgres

T = TypeVar("T")

SEED, LARGEST = 1, 2.0
"""A scale beyond LARGEST is so many times the world of scale 1."""
LISTED = SuppressionList(KEPT_NO.empty_table(), LIFTED_NO.empty_table(), (LedgerKey("bench", bytes(32)),))
COLUMNS = ("first decision", "final check", "nobody wrote", "seconds", "of them counting")

Round = dict[str, float]


@dataclass(frozen=True)
class Measured:
    """One agency and one recipient; `written` does what somebody else may do meanwhile."""

    question: Question
    written: Callable[[], None]

    def round(self, folder: Path) -> Round:
        """Processor seconds of this process, and the last two by the clock."""
        clocks = Clocks(lambda: datetime.now(UTC), time.monotonic)
        taken: Round = {}
        first = _timed(taken, "first decision", lambda: decide_now(self.question, clocks, folder))
        self.written()
        began = time.perf_counter()
        then = _timed(taken, "final check", lambda: again(first, self.question, clocks))
        taken["seconds"] = time.perf_counter() - began
        _same(_timed(taken, "nobody wrote", lambda: again(_same(then), self.question, clocks)))
        taken["of them counting"] = _counting(self.question.agency.uri)
        return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", type=float, nargs="+", default=[0.1, 1.0], help="1 is Flanders")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--recipients", type=Kbo, nargs="+", default=[Kbo("0212214125"), Kbo("1999999943")])
    parser.add_argument("--agencies", nargs="*", help="addresses of databases that are there, instead of scales")
    asked = parser.parse_args()
    _print_head()
    with TemporaryDirectory() as scratch:
        if asked.agencies:
            for uri in asked.agencies:
                _print_rows(uri.rpartition("/")[2], uri, asked.recipients, asked.rounds, Path(scratch))
            return
        with run_postgres() as fresh:
            for scale in asked.scales:
                for uri in _worlds(scale, fresh, Path(scratch)):
                    _print_rows(f"{scale:g}", uri, asked.recipients, asked.rounds, Path(scratch))


def _worlds(scale: float, fresh: Databases, scratch: Path) -> list[str]:
    """The same world in each database; a larger one in PostgreSQL alone."""
    today, is_made = local_day(datetime.now(UTC)), scale <= LARGEST
    uris = [fresh(), *([f"sqlite:///{scratch / f'agency-{scale:g}.sqlite'}"] if is_made else [])]
    for uri in uris:
        synthesize(uri, SEED, scale if is_made else 1.0, today)
    if not is_made:
        larger(uris[0], round(scale))
    return uris


def _print_head() -> None:
    print(f"| scale | database | recipient | rows | {' | '.join(COLUMNS)} |")
    print(f"|---|---|---|---:|{'---:|' * len(COLUMNS)}")


def _print_rows(scale: str, uri: str, recipients: list[Kbo], rounds: int, folder: Path) -> None:
    for kbo in recipients:
        asked = Measured(Question(kbo, AgencySource(uri), LISTED, Settings()), partial(_write, uri))
        asked.round(folder)  # what is loaded once is loaded
        found = [asked.round(folder) for _ in range(rounds)]
        rows = decide_now(asked.question, Clocks(lambda: datetime.now(UTC), time.monotonic), folder).decisions.num_rows
        figures = " | ".join(f"{median(one[name] for one in found):.3f}" for name in COLUMNS)
        print(f"| {scale} | {uri.partition(':')[0]} | {kbo} | {rows:,} | {figures} |", flush=True)


def _timed(taken: Round, name: str, call: Callable[[], T]) -> T:
    began = time.process_time()
    given = call()
    taken[name] = time.process_time() - began
    return given


def _same(decision: CurrentDecision | None) -> CurrentDecision:
    assert decision, "nothing changed, so the decision is the same"
    return decision


def _counting(uri: str) -> float:
    with open_agency(uri) as agency:
        began = time.perf_counter()
        agency.count(FOR_A_DELIVERY)
        return time.perf_counter() - began


def _write(uri: str) -> None:
    """A transaction that ends, as any other user's does, and changes no row that is read."""
    if uri.startswith("postgresql"):
        with closing(psycopg2.connect(uri)) as connection:
            connection.cursor().execute("select txid_current()")
            connection.commit()


if __name__ == "__main__":
    main()
