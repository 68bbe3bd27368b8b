"""The page of withdrawals: counts of every recipient, who is late marked as such, names as text."""

from datetime import UTC, datetime

from pipeline.core.model import Kbo
from pipeline.followup.withdrawal_page import withdrawals_page
from pipeline.followup.withdrawal_status import WithdrawalStatus

AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
IN_TIME = WithdrawalStatus(GENT, "OCMW <Gent>", 1201, 0, 2, 2, {})
LATE = WithdrawalStatus(AALST, "", 3, 1, 2, 0, {"N1": AT.replace(day=2), "N2": AT.replace(day=3)}, AT, late=True)


def test_every_recipient_has_its_counts_and_its_name_is_text() -> None:
    page = withdrawals_page([IN_TIME], AT)
    assert "Niemand is te laat." in page and "Op 15/06/2026 om 03:30." in page
    assert f"<td>OCMW &lt;Gent&gt; ({GENT})<td" in page
    assert '<td class="number">1,201<td class="number">0<td class="number">2<td class="number">2<td' in page


def test_a_late_recipient_is_marked_with_its_notices_and_instants() -> None:
    page = withdrawals_page([IN_TIME, LATE], AT)
    assert '<p class="failed">1 ontvanger(s) bevestigden niet op tijd; 1 haalden te lang niets op.</p>' in page
    assert f"<td>({AALST})" in page and "<td>N1\nN2<td" in page
    assert '<td class="failed">02/06/2026 om 03:30' in page and '<td class="failed">15/06/2026 om 03:30' in page


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert "src=" not in withdrawals_page([LATE], AT) and "href=" not in withdrawals_page([LATE], AT)
