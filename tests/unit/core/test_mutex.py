"""Turns: one process after the other, and nobody waits for ever for one that does not end."""

import multiprocessing
import time
from pathlib import Path

import pytest

from pipeline.core.lock import mutex

SPAWN = multiprocessing.get_context("spawn")


def visit(path: Path, log: Path) -> None:
    with mutex(path, patience_seconds=60), log.open("a", encoding="utf-8") as lines:
        lines.write("in ")
        lines.flush()
        time.sleep(0.05)  # long enough for another to be seen inside, were it let in
        lines.write("out ")


def stay(path: Path, inside: Path) -> None:
    with mutex(path, patience_seconds=60):
        inside.touch()
        time.sleep(600)


def test_two_are_never_within_it_together(tmp_path: Path) -> None:
    visitors = [SPAWN.Process(target=visit, args=(tmp_path / "turn", tmp_path / "log")) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert (tmp_path / "log").read_text().split() == ["in", "out"] * 4


def test_whoever_does_not_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    sleeper = SPAWN.Process(target=stay, args=(tmp_path / "turn", tmp_path / "inside"), daemon=True)
    sleeper.start()
    while not (tmp_path / "inside").exists():
        assert sleeper.is_alive()
        time.sleep(0.01)
    began = time.monotonic()
    with mutex(tmp_path / "turn", patience_seconds=0.2):
        assert time.monotonic() - began >= 0.2
    sleeper.kill()
    sleeper.join()
    with mutex(tmp_path / "turn", patience_seconds=60):
        assert True, "the dead hold nothing"


def test_an_error_within_it_ends_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="within"), mutex(tmp_path / "turn", patience_seconds=0):
        raise ValueError("within")
    visit(tmp_path / "turn", tmp_path / "log")
    assert (tmp_path / "log").read_text() == "in out "
