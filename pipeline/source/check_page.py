"""The night's checks on one page that needs nothing from elsewhere: what failed first, then what was counted. Pure.

Great Expectations' own Data Docs, to which it links, list their pages by a script from another host.
"""

from collections.abc import Iterable, Mapping
from html import escape

from expectations.rules import Rule
from expectations.suites import Suites

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1b1b; background: #fff }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem }
th, td { padding: 0.2rem 0.9rem; text-align: left; border-bottom: 1px solid #ddd }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.failed { color: #a3000b; font-weight: 600 }
"""


def checks_page(
    suites: Suites, facts: Mapping[str, Mapping[str, float]], failed: set[tuple[str, str]], title: str
) -> str:
    """HTML of every rule of every feed with its fact and its bounds; numbers only, never a value of a person."""
    refusals = [_refusal(feed, rule, facts) for feed, rule in _all(suites) if (feed, rule.fact) in failed]
    verdict = "".join(refusals) or "<p>Every dataset check passed.</p>"
    set_apart = _table([(f, r) for f, r in _all(suites) if r.at_most is None and facts[f].get(r.fact)], facts, failed)
    folded = "".join(
        f"<details><summary>{escape(feed)}: {len(rules)} rules</summary>"
        f"{_table([(feed, rule) for rule in rules], facts, failed)}</details>"
        for feed, rules in suites.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"<h1>{escape(title)}</h1>{verdict}<h2>Rows set apart, and what else was only counted</h2>{set_apart}"
        f'<h2>All rules</h2>{folded}<p><a href="index.html">Data Docs of Great Expectations</a></p>'
        '<p><a href="reconciliation.html">Afstemming van de intrekkingen</a> (after the step release)</p></html>\n'
    )


def _all(suites: Suites) -> Iterable[tuple[str, Rule]]:
    return [(feed, rule) for feed, rules in suites.items() for rule in rules]


def _refusal(feed: str, rule: Rule, facts: Mapping[str, Mapping[str, float]]) -> str:
    problem = f"feed {feed}: {rule.problem(facts[feed])}; {rule.remedy}"
    return f'<p class="failed">{escape(problem)}</p>'


def _table(
    rows: Iterable[tuple[str, Rule]], facts: Mapping[str, Mapping[str, float]], failed: set[tuple[str, str]]
) -> str:
    body = "".join(_row(feed, rule, facts[feed].get(rule.fact), (feed, rule.fact) in failed) for feed, rule in rows)
    return f"<table><tr><th>feed<th>rule<th>found<th>at least<th>at most<th></tr>{body}</table>"


def _row(feed: str, rule: Rule, fact: float | None, is_failed: bool) -> str:
    numbers = "".join(f'<td class="number">{_number(value)}' for value in (fact, rule.at_least, rule.at_most))
    verdict = '<td class="failed">failed' if is_failed else "<td>"
    return f"<tr><td>{escape(feed)}<td>{escape(rule.fact)}{numbers}{verdict}</tr>"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if value % 1 else f"{value:,.0f}"
