"""Who a recipient may no longer use: everyone it holds whom the gate does not release to it now, with the cause."""

import pytest

from pipeline.core.model import Kbo, Reason
from pipeline.ledger.disclosures import Holding, Verdict, no_longer_released

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
HELD = Holding("R" * 32, b"person", "key", 7)


@pytest.mark.parametrize(
    ("verdict", "cause"),
    [
        (Verdict(GENT, None), None),
        (Verdict(AALST, None), "elsewhere"),
        (Verdict(None, Reason.DECEASED), "deceased"),
        (Verdict(None, Reason.NOT_SERVED), "not_served"),
        (Verdict(GENT, Reason.WITHDRAWN), "withdrawn"),
        (Verdict(GENT, Reason.NO_PROTOCOL), "no_protocol"),
        (Verdict(AALST, Reason.NO_CONSENT), "elsewhere"),
        (None, "outside"),
    ],
)
def test_what_becomes_of_a_holding(verdict: Verdict | None, cause: str | None) -> None:
    verdicts = {b"another": Verdict(GENT, None)} | ({} if verdict is None else {b"person": verdict})
    assert list(no_longer_released(GENT, [HELD], verdicts)) == ([] if cause is None else [(HELD, cause)])


@pytest.mark.parametrize("reason", list(Reason))
def test_no_reason_lets_anyone_keep_a_parent(reason: Reason) -> None:
    for kbo in (None, GENT, AALST):
        assert [held for held, _ in no_longer_released(GENT, [HELD], {b"person": Verdict(kbo, reason)})] == [HELD]
