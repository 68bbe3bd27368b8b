"""Many hosts looked at side by side, within one bound; what is said of keys and secrets. Pure but for time."""

import time
from pathlib import Path
from threading import Event

import pytest

from pipeline.core.model import Kbo
from pipeline.core.precondition import Precondition, Standing, begin_look, broken, doubtful, met
from pipeline.delivery.host_health import AT_ONE_HOST, side_by_side, summary_of
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.secrets_health import distinct_preconditions, file_preconditions
from pipeline.ledger.persons import LedgerKey

MANY = {
    (kbo := Kbo(f"{number:010}")): RecipientSettings(kbo, f"a{number}", "/out", NO_ENCRYPTION) for number in range(285)
}


def right(recipient: RecipientSettings) -> list[Precondition]:
    return [met(f"recipient {recipient.kbo}", "host", "reached")]


def test_all_are_looked_at_and_no_host_gets_more_connections_than_it_takes() -> None:
    at_once, most = [0], [0]

    def look(recipient: RecipientSettings) -> list[Precondition]:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.001)
        at_once[0] -= 1
        return right(recipient)

    found = side_by_side(MANY, look, 30)
    assert list(found) == list(MANY) and all(each[0].standing is Standing.MET for each in found.values())
    assert most[0] <= AT_ONE_HOST


def test_who_was_not_looked_at_in_time_is_told_and_nobody_is_waited_for() -> None:
    ended, began = Event(), time.monotonic()

    def look(recipient: RecipientSettings) -> list[Precondition]:
        if recipient.kbo != Kbo("0000000000"):
            ended.wait(20)
        return right(recipient)

    found = side_by_side(MANY, look, 0.3)
    assert time.monotonic() - began < 10
    ended.set()
    late = [each for each in found.values() if each[0].standing is Standing.BROKEN]
    assert len(late) == len(MANY) - 1 and "not looked at: all hosts together took longer" in late[0][0].says


def test_only_what_is_not_met_has_a_line_of_its_own() -> None:
    recipients = dict(list(MANY.items())[:3])
    ill, soon, well = recipients
    found = {ill: [broken("r", "host", "no answer")], soon: [doubtful("r", "OpenPGP key", "ends")], well: []}
    shown = [(each.about, each.what, each.standing) for each in summary_of(recipients, found)]
    assert shown == [
        ("r", "host", Standing.BROKEN),
        ("r", "OpenPGP key", Standing.DOUBTFUL),
        ("hosts", "encryption", Standing.DOUBTFUL),
        ("hosts", "reached", Standing.MET),
    ]


def test_a_look_that_hangs_or_fails_is_one_line_without_a_value() -> None:
    hangs = begin_look(0.1, "agency", "reached", lambda: time.sleep(5) or [])  # type: ignore[func-returns-value]
    fails = begin_look(5, "ledger", "reached", lambda: [met("ledger", "x", str(1 / 0))])
    assert [(each.standing, "no answer within 0.1 seconds" in each.says) for each in hangs()] == [
        (Standing.BROKEN, True)
    ]
    (said,) = fails()
    assert said.standing is Standing.BROKEN and said.says.startswith("unforeseen ZeroDivisionError")


@pytest.mark.parametrize(("other", "standing"), [(bytes(32), Standing.BROKEN), (b"x" * 32, Standing.MET)])
def test_two_keys_hold_two_secrets(other: bytes, standing: Standing) -> None:
    keys = {"ledger_key": LedgerKey("a", bytes(32)), "reference_key": ReferenceKey("b", other)}
    assert [each.standing for each in distinct_preconditions(keys)] == [standing]


def test_a_private_key_is_its_owners_alone() -> None:
    modes = {Path("/run/a"): 0o600, Path("/run/b"): 0o640, Path("/run/c"): None}
    assert [each.standing for each in file_preconditions(modes)] == [
        Standing.MET, Standing.BROKEN, Standing.BROKEN,
    ]  # fmt: skip
