"""A whole night, in a process of its own: `python -m tests.support.night_in_a_locale FOLDER`.

A file of ours that is opened without its encoding ends it. Prints the encoding that the locale asks for.
"""

import locale
import sys
import warnings
from pathlib import Path

import pytest

from pipeline.core.model import Outcome
from tests.support.checking import judge_plainly
from tests.support.night import lay, run_night
from tests.support.worlds.small_world import GENT, person, small_world


def main(folder: Path) -> None:
    warnings.filterwarnings("error", category=EncodingWarning, module=r"pipeline\.")
    judge_plainly(pytest.MonkeyPatch())
    with lay(folder, small_world({GENT: 2})) as house:
        run = run_night(house.night())
        assert run.errors == {} and [one.outcome for one in run.publications] == [Outcome.PUBLISHED]
        [data] = house.out(GENT).glob("*[0-9].csv")
        text = data.read_bytes().decode("utf-8-sig")
    for parent in (101, 102):
        assert person(parent)["first_name"] in text and person(parent)["last_name"] in text
    print(locale.getpreferredencoding(False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
