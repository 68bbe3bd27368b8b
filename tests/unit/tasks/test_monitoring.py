"""What is seen from outside, by its words: every metric of the code is in the document and known to the dashboard."""

import json
import re
from datetime import UTC, datetime

import pytest

from pipeline.core.model import Kbo, Outcome, Publication, Reason
from pipeline.tasks import lineage, measures
from pipeline.tasks.summary import NightSummary
from tests.support import PROJECT

NIGHT = datetime(2026, 11, 29, 3, tzinfo=UTC)
DONE = Publication(Kbo("0212214125"), Outcome.PUBLISHED, "stem", 3, 0)
SUMMARY = NightSummary("run", NIGHT.date(), 2, {"published": 1}, {Kbo("0207832792"): "OCMW Brugge"}, 3, 0, 9, 3,
                       dict.fromkeys(map(str, Reason), 1), longest_window_ms=80)  # fmt: skip


def names() -> set[str]:
    """Of every metric of a night and an hour, without KBO, feed, reason and outcome."""
    told = {**measures._counts(SUMMARY), **measures._recipients(SUMMARY, [DONE]), **measures._withdrawals([], NIGHT)}
    text = "\n".join([*told, "night.published", "night.seconds", "night.age_seconds", "recipients_without_drop",
                      "feed.parent.age_seconds"])  # fmt: skip
    return set(text.splitlines())


def test_each_metric_is_in_the_document() -> None:
    page = (PROJECT / "docs" / "monitoring.md").read_text("utf-8")
    told = {re.sub(r"\d{10}", "<kbo>", name).replace("feed.parent.", "feed.<name>.") for name in names()}
    told = {re.sub(r"^withheld\..+", "withheld.<reason>", name) for name in told}
    said = {name for name in told if name in page or f"`.{name.rpartition('.')[2]}`" in page or "drops." in name}
    assert told == said
    assert {outcome for outcome in Outcome if f"`{outcome}`" not in page} == set()


def test_each_metric_of_the_dashboard_is_one_that_is_told() -> None:
    board = json.loads((PROJECT / "deploy" / "grafana" / "gegevensdeling.json").read_text("utf-8"))
    known = {f"airflow_gegevensdeling_{name.replace('.', '_')}" for name in names()}
    for panel in board["panels"]:
        for target in panel["targets"]:
            pattern = re.search(r'__name__=~"(.+)"', target["expr"])
            assert any(re.fullmatch(pattern[1] if pattern else target["expr"], name) for name in known), target


@pytest.mark.parametrize(("uri", "namespace", "above"), [
    ("postgresql://reader:s3cret@db.example.org/agency", "postgres://db.example.org:5432", "agency.public"),
    ("sqlite:////srv/agency.db", "sqlite", "/srv/agency.db"),
])  # fmt: skip
def test_a_feed_is_named_without_login_or_password(uri: str, namespace: str, above: str) -> None:
    assert lineage._of_database(uri) == (namespace, above)
    assert not {"reader", "s3cret"} & set(re.split(r"\W", f"{namespace} {above}"))
