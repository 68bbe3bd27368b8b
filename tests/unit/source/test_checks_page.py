"""The page of the night's checks: failures first, numbers readable, nothing from elsewhere."""

import re

from expectations.rules import Rule
from pipeline.source.check_page import checks_page

RULES = {
    "parent": (
        Rule("duplicate_keys", "key used twice in {duplicate_keys:.0f} rows", "ask the agency to mend it"),
        Rule("quarantined_share", "too many", "ask", at_most=0.05),
        Rule("insz_form", "counted", "ask", at_most=None),
    ),
    "child": (Rule("rows<", "empty", "ask", at_least=1, at_most=None),),
}
FACTS = {
    "parent": {"duplicate_keys": 3.0, "quarantined_share": 0.0123, "insz_form": 112345.0},
    "child": {"rows<": 0.0},
}


def page(failed: set[tuple[str, str]]) -> str:
    return checks_page(RULES, FACTS, failed, "Checks")


def test_what_failed_stands_first_in_words() -> None:
    html = page({("parent", "duplicate_keys")})
    assert "feed parent: key used twice in 3 rows; ask the agency to mend it" in html.partition("<h2>")[0]
    assert html.count('<td class="failed">failed') == 1


def test_a_night_without_failures_says_so() -> None:
    assert "Every dataset check passed." in page(set())
    assert "failed<" not in page(set()).replace("</style>", "")


def test_counted_rows_are_listed_apart_with_their_count() -> None:
    apart = page(set()).split("<h2>")[1]
    assert "insz_form" in apart and "112,345" in apart
    assert "duplicate_keys" not in apart


def test_every_rule_is_there_with_its_bounds() -> None:
    rules = page(set()).split("<h2>All rules")[1]
    for fact in ("duplicate_keys", "quarantined_share", "insz_form", "rows&lt;"):
        assert fact in rules
    assert "0.0123" in rules and "0.05" in rules


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert not re.findall(r"(?:src|href)=\"(?!(?:index|reconciliation)\.html)", page(set()))
