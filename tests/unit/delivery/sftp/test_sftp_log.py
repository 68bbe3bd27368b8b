"""Who read what, by the lines of internal-sftp."""

from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.delivery.sftp.log import nobody_came, reads_of

NAME = "AANMELDING_OPGROEIEN_0212214125_20260615_000001.csv"


def session(process: int, account: str, *said: str) -> list[str]:
    begin = f"session opened for local user {account} from [192.0.2.7]"
    end = f"session closed for local user {account} from [192.0.2.7]"
    return [f"2026-06-15T04:00:00+02:00 host internal-sftp[{process}]: {line}" for line in (begin, *said, end)]


def read(size: int, written: int = 0, name: str = NAME) -> str:
    return f'close "/out/{name}" bytes read {size} written {written}'


OURS = 'remove name "/out/.gegevensdeling"'


def reads(folder: Path, *lines: list[str]) -> dict[str, frozenset[int]]:
    log = folder / "log"
    log.write_text("\n".join(line for each in lines for line in each) + "\n")
    return reads_of(log, "ocmw-gent")


def test_what_the_account_read_by_file_and_size(tmp_path: Path) -> None:
    two = [read(20), read(7), read(5, name="other.csv")]
    assert reads(tmp_path, session(1, "ocmw-gent", *two)) == {NAME: {20, 7}, "other.csv": {5}}


def test_nothing_of_another_account(tmp_path: Path) -> None:
    assert reads(tmp_path, session(1, "ocmw-brugge", read(20))) == {}
    assert reads(tmp_path, session(1, "ocmw-gent2", read(20))) == {}


def test_what_was_written_was_not_read(tmp_path: Path) -> None:
    assert reads(tmp_path, session(1, "ocmw-gent", read(20, 20), read(0, 20))) == {}


@pytest.mark.parametrize("said", [(OURS, read(20)), (read(20), OURS), (read(20), OURS, read(7))])
def test_our_own_visits_are_no_evidence(tmp_path: Path, said: tuple[str, ...]) -> None:
    """We read back what we wrote, with the same account."""
    assert reads(tmp_path, session(1, "ocmw-gent", *said)) == {}


def test_sessions_at_the_same_time_are_told_apart(tmp_path: Path) -> None:
    ours, theirs = session(1, "ocmw-gent", read(20), OURS), session(2, "ocmw-gent", read(7))
    mixed = [line for pair in zip(ours, [*theirs, theirs[-1]], strict=True) for line in pair]
    assert reads(tmp_path, mixed) == {NAME: {7}}


def test_a_process_id_used_again_is_another_session(tmp_path: Path) -> None:
    assert reads(tmp_path, session(1, "ocmw-gent", OURS), session(1, "ocmw-gent", read(7))) == {NAME: {7}}
    cut = session(1, "ocmw-gent", read(20))[:-1]
    assert reads(tmp_path, cut, session(1, "ocmw-brugge", read(7))) == {NAME: {20}}
    assert reads(tmp_path, session(1, "ocmw-brugge", read(7))[:-1], session(1, "ocmw-gent", read(9))) == {NAME: {9}}


def test_a_line_without_its_session_is_no_evidence(tmp_path: Path) -> None:
    """The log was rotated in between."""
    assert reads(tmp_path, session(1, "ocmw-gent", read(20))[1:]) == {}


def test_bytes_that_are_no_text_and_other_lines_are_passed_over(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff\xfe\n" + "\n".join(["sshd[3]: Accepted", *session(1, "ocmw-gent", read(20))]).encode())
    assert reads_of(log, "ocmw-gent") == {NAME: {20}}


def test_a_log_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        reads_of(tmp_path / "none", "ocmw-gent")


# Nobody came


GO = NAME.replace(".csv", ".GO")
PUT = f'posix-rename old "/out/.{GO}.0123456789ab.part" new "/out/{GO}"'
PUT_PLAINLY = PUT.removeprefix("posix-")
OURS_PUTTING = session(1, "ocmw-gent", OURS, PUT)


def came(folder: Path, *lines: list[str]) -> bool:
    log = folder / "log"
    log.write_text("\n".join(line for each in lines for line in each) + "\n")
    return not nobody_came(log, "ocmw-gent", GO)


@pytest.mark.parametrize("put", [PUT, PUT_PLAINLY])
def test_since_we_put_it_there_none_but_we_came(tmp_path: Path, put: str) -> None:
    before, ours = session(7, "ocmw-gent", read(20)), session(1, "ocmw-gent", OURS, put)
    others = [session(8, "ocmw-gent2", read(20)), session(9, "ocmw-gent", OURS, read(20))]
    assert not came(tmp_path, before, ours, *others)


def test_whoever_came_after_that_may_have_fetched_it(tmp_path: Path) -> None:
    assert came(tmp_path, OURS_PUTTING, session(2, "ocmw-gent"))
    begun_before = session(2, "ocmw-gent", read(20))
    assert came(tmp_path, begun_before[:1], OURS_PUTTING, begun_before[1:])


def test_a_log_that_does_not_show_when_it_was_put_there_says_nothing(tmp_path: Path) -> None:
    assert came(tmp_path, session(1, "ocmw-gent", OURS))
    assert came(tmp_path, session(1, "ocmw-gent", PUT)), "somebody else gave it that name"
    assert came(tmp_path, session(1, "ocmw-gent", OURS, PUT.replace("000001", "000002")))


def test_a_log_that_cannot_be_read_is_no_evidence_that_nobody_came(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        nobody_came(tmp_path / "none", "ocmw-gent", GO)
