"""The night's checks on one page: failures first, then counts. Pure.

Great Expectations' own Data Docs list their pages by a script from another host; this page loads nothing.
"""

from collections.abc import Mapping

from markupsafe import Markup

from expectations.rules import Rule
from expectations.suites import Suites
from pipeline.core.documents.document import Text
from pipeline.core.documents.html_pdf import COUNTS, render_html

_NOTES = (
    Markup('<a href="index.html">Data Docs of Great Expectations</a>'),
    Markup('<a href="reconciliation.html">Afstemming van de intrekkingen</a> (after the step release)'),
)


def checks_page(
    suites: Suites, facts: Mapping[str, Mapping[str, float]], failed: set[tuple[str, str]], title: str
) -> str:
    """HTML of every rule of every feed with its fact and its bounds; numbers only, never a value of a person."""

    def row(feed: str, rule: Rule) -> list[Text]:
        values = (facts[feed].get(rule.fact), rule.at_least, rule.at_most)
        verdict = Text("failed", "failed") if (feed, rule.fact) in failed else Text("")
        return [Text(feed), Text(rule.fact), *(Text(_number(value), "number") for value in values), verdict]

    pairs = [(feed, rule) for feed, rules in suites.items() for rule in rules]
    refusals = [
        Text(f"feed {feed}: {rule.problem(facts[feed])}; {rule.remedy}", "failed")
        for feed, rule in pairs
        if (feed, rule.fact) in failed
    ]
    return render_html(
        COUNTS,
        title=title,
        lang="en",
        intro=refusals or [Text("Every dataset check passed.")],
        heading="Rows set apart, and what else was only counted",
        columns=("feed", "rule", "found", "at least", "at most", ""),
        rows=[row(feed, rule) for feed, rule in pairs if rule.at_most is None and facts[feed].get(rule.fact)],
        folded={f"{feed}: {len(rules)} rules": [row(feed, rule) for rule in rules] for feed, rules in suites.items()},
        notes=_NOTES,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if value % 1 else f"{value:,.0f}"
