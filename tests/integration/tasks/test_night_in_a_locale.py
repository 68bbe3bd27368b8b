"""What we read and write is UTF-8, whatever the locale of the machine says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support import PROJECT
from tests.support.servers.services import Missing, leave_out


def night(folder: Path, **environment: str) -> str:
    """The encoding of the locale that the night went through in."""
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONWARNDEFAULTENCODING": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.night_in_a_locale", str(folder)],
        env={name: value for name, value in os.environ.items() if name[:3] != "LC_"} | plain | environment,
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode().split()[-1]


def test_where_the_locale_knows_ascii_alone(tmp_path: Path) -> None:
    assert night(tmp_path / "house", LC_ALL="POSIX") == "ANSI_X3.4-1968"


def test_where_the_locale_is_of_another_encoding(tmp_path: Path) -> None:
    made = tmp_path / "locales"
    made.mkdir()
    try:
        _define(made)
    except Missing as missing:
        leave_out(missing)
    assert night(tmp_path / "house", LC_ALL="nl_BE@euro", LOCPATH=str(made)) == "ISO-8859-15"


def _define(folder: Path) -> None:
    tool = shutil.which("localedef")
    if tool is None or not Path("/usr/share/i18n/locales/nl_BE").exists():
        raise Missing("locales: localedef or its sources are not installed")
    subprocess.run(
        [tool, "--no-archive", "-i", "nl_BE", "-f", "ISO-8859-15", str(folder / "nl_BE@euro")],
        check=True,
        capture_output=True,
    )
