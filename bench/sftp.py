"""Our publications beside OpenSSH's own `sftp -b`, on one real sshd, in turn: `python -m bench.sftp --rounds 3`.

Exits with 1 when a bound is missed, or when the two do not leave the same bytes on the host. Needs root, OpenSSH and
the test accounts (`.ci/services`).
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench.sftp_drops import emptied, found, made
from bench.sftp_ours import Phases, ours
from bench.sftp_theirs import theirs
from pipeline.core.model import Drop
from tests.support.servers.openssh import OpenSsh, run_openssh
from tests.support.servers.services import Missing, own_folder

SCRATCH = Path(__file__).parents[1] / ".test"
MB = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """So many drops, spread over so many accounts, with so many a connection.

    `most` bounds sending, `whole` all three: with a signature that is made, sent, read back and on record.
    """

    name: str
    drops: int
    bytes: int
    accounts: int
    a_connection: int
    most: float
    whole: float | None = None


CASES = (
    Case("285 drops of 20 KB, one connection", 285, 20_000, 1, 285, 1.15),
    Case("285 drops of 20 KB, 8 accounts side by side", 285, 20_000, 8, 36, 1.15),
    Case("64 drops of 20 KB, 8 accounts side by side, a connection a drop", 64, 20_000, 8, 1, 1.15, 1.15),
    Case("32 drops of 20 KB, one after another, a connection a drop", 32, 20_000, 1, 1, 1.15, 1.15),
    Case("one drop of 100 MB", 1, 100 * MB, 1, 1, 1.15),
)


@dataclass(frozen=True)
class Round:
    """Seconds of one case: ours without a ledger to wait for and with one, and OpenSSH's, told to sync each file to
    disk as we do, and not."""

    ours: Phases
    on_record: Phases
    synced: float
    plain: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=int, nargs="*", help="these cases alone, by number from 0")
    asked = parser.parse_args()
    cases = [CASES[number] for number in asked.only] if asked.only else CASES
    try:
        with run_openssh() as server, own_folder(SCRATCH, "bench-sftp") as folder:
            rounds = {case: rounds_of(case, server, folder, asked.rounds) for case in cases}
    except Missing as missing:
        sys.exit(str(missing))
    sys.exit(0 if _printed(rounds) else 1)


def rounds_of(case: Case, server: OpenSsh, folder: Path, rounds: int) -> list[Round]:
    """The first, in which all is warmed up and compared, does not count."""
    lanes = made(folder / "drops", case.drops, case.bytes, case.accounts)
    return [_round(case, server, folder, lanes) for _ in range(rounds + 1)][1:]


def _round(case: Case, server: OpenSsh, folder: Path, lanes: list[list[Drop]]) -> Round:
    left: list[dict[str, str]] = []

    def after(run: Callable[[], T]) -> T:
        emptied(server, lanes)
        ran = run()
        left.append(found(server, lanes))
        return ran

    what = (server, folder, lanes, case.a_connection)
    ran = Round(
        synced=after(lambda: theirs(*what, is_synced=True)),
        ours=after(lambda: ours(*what, is_on_record=False)),
        plain=after(lambda: theirs(*what, is_synced=False)),
        on_record=after(lambda: ours(*what, is_on_record=True)),
    )
    if any(each != left[0] for each in left):
        sys.exit(f"{case.name}: the two do not leave the same on the host")
    return ran


def _printed(rounds: dict[Case, list[Round]]) -> bool:
    """Ratios are within a round, so that what else the machine does weighs on both alike; True when all are met."""
    print("| seconds | `sftp -b` | with `put -f` | ours: sending | reading back | ledger | all three |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for case, ran in rounds.items():
        figures = (
            (one.plain, one.synced, one.ours.sending, one.ours.reading_back, one.on_record.ledger, one.on_record.whole)
            for one in ran
        )
        print(f"| {case.name} | {' | '.join(f'{median(each):.2f}' for each in zip(*figures, strict=True))} |")
    print("\n| times `sftp -b` with `put -f` | sending | target | | and reading back | and the ledger |")
    print("|---|---:|---|---|---:|---:|")
    return all([_is_met(case, ran) for case, ran in rounds.items()])


def _is_met(case: Case, ran: list[Round]) -> bool:
    sending = median(each.ours.sending / each.synced for each in ran)
    reading = median(each.ours.whole / each.synced for each in ran)
    whole = median(each.on_record.whole / each.synced for each in ran)
    is_met = sending <= case.most and (case.whole is None or whole <= case.whole)
    bound = f"at most {case.most}" + (f", all three {case.whole}" if case.whole else "")
    target = f"{bound} | {'met' if is_met else '**missed**'}"
    print(f"| {case.name} | {sending:.2f} | {target} | {reading:.2f} | {whole:.2f} |")
    return is_met


if __name__ == "__main__":
    main()
