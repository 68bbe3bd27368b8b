"""Spec: the need (rule 7)."""

from functools import partial
from typing import Any

from pipeline.core.model import Reason
from tests.spec.case import Section, released, withheld

no_need = partial(withheld, Reason.NO_NEED)

CRITERIA = ("income", "education", "employment", "stimulation", "housing", "health")


def weak(count: int, otherwise: bool | None = False, **more: Any) -> dict[str, Any]:
    """An assessment that is weak on the first so many criteria."""
    return {name: True if place < count else otherwise for place, name in enumerate(CRITERIA)} | more


def threshold_met(agreed: int | None, found: int) -> dict[str, Any]:
    return {"agreement": [{"min_criteria": agreed}], "indicator_assessment": [weak(found)]}


NO_NEED = Section(
    Reason.NO_NEED,
    "`min_criteria` is the threshold that the agreement in force states. The latest among the valid assessments: the"
    " latest `assessed_on` up to the day, then the latest recorded, then the highest id. A criterion that was not"
    " assessed is not weak.",
    (
        released("weak on three of six", {"indicator_assessment": [weak(3)]}),
        no_need("weak on two of six", {"indicator_assessment": [weak(2)]}),
        no_need("weak on none", {"indicator_assessment": [weak(0)]}),
        released("weak on six", {"indicator_assessment": [weak(6)]}),
        released("weak on three, the others not assessed", {"indicator_assessment": [weak(3, None)]}),
        no_need("weak on two, the others not assessed", {"indicator_assessment": [weak(2, None)]}),
        *(
            released(
                f"weak on {name} and two others",
                {"indicator_assessment": [weak(0, **{CRITERIA[(place + step) % 6]: True for step in range(3)})]},
            )
            for place, name in enumerate(CRITERIA)
        ),
        no_need("a threshold of 1, weak on none", threshold_met(1, 0)),
        released("a threshold of 1, weak on one", threshold_met(1, 1)),
        no_need("a threshold of 6, weak on five", threshold_met(6, 5)),
        released("a threshold of 6, weak on six", threshold_met(6, 6)),
        no_need("a threshold of 4, weak on three", threshold_met(4, 3)),
        released("a threshold of 2, weak on two", threshold_met(2, 2)),
        no_need(
            "two agreements, with thresholds of 2 and 4, weak on three",
            {"agreement": [{"min_criteria": 2}, {"agreement_id": "A2", "min_criteria": 4}]},
        ),
        no_need(
            "two agreements, one with a threshold of 2, one with none stated, weak on two",
            {
                "agreement": [{"min_criteria": 2}, {"agreement_id": "A2"}],
                "indicator_assessment": [weak(2)],
            },
            note="nothing stated is 3",
        ),
        released(
            "the agreement with the higher threshold has ended",
            {"agreement": [{}, {"agreement_id": "A2", "min_criteria": 6, "ended_on": "2026-06-14"}]},
        ),
        released(
            "the agreement with the higher threshold is with another team",
            {"agreement": [{}, {"agreement_id": "A2", "min_criteria": 6, "local_team_id": "T2"}]},
        ),
        released(
            "a version with a higher threshold was replaced",
            {"agreement": [{"min_criteria": 6}, {"recorded_at": "2025-01-16 09:00", "min_criteria": 3}]},
        ),
        no_need("a later assessment is better", {"indicator_assessment": [{}, weak(2, assessed_on="2025-04-02")]}),
        released("a later assessment is worse", {"indicator_assessment": [weak(2), {"assessed_on": "2025-04-02"}]}),
        released(
            "a better one, recorded later, of an earlier day",
            {"indicator_assessment": [{}, weak(0, assessed_on="2025-03-31", recorded_at="2025-05-01 09:00")]},
        ),
        no_need(
            "a better one of the same day, recorded later",
            {"indicator_assessment": [{"assessment_id": 9}, weak(0, recorded_at="2025-04-01 15:01")]},
        ),
        released(
            "a worse one of the same day, recorded later",
            {"indicator_assessment": [weak(0, assessment_id=9), {"recorded_at": "2025-04-01 15:01"}]},
        ),
        no_need("a tie: the higher id is the better one", {"indicator_assessment": [{}, weak(0)]}),
        released("a tie: the higher id is the worse one", {"indicator_assessment": [weak(0), {}]}),
        released(
            "a tie: the higher id, as a number and not as text",
            {"indicator_assessment": [weak(0, assessment_id=9), {"assessment_id": 10}]},
            alone=True,
        ),
        released(
            "a later assessment without any criterion is passed over",
            {"indicator_assessment": [{}, weak(0, None, assessed_on="2025-04-02")]},
        ),
        released(
            "an assessment of tomorrow is passed over",
            {"indicator_assessment": [{}, weak(0, assessed_on="2026-06-16")]},
        ),
        no_need(
            "a worse one of tomorrow is passed over",
            {"indicator_assessment": [weak(0), {"assessed_on": "2026-06-16"}]},
        ),
        no_need(
            "a worse one from before the birth is passed over",
            {"indicator_assessment": [weak(0), {"assessed_on": "2025-02-28", "recorded_at": "2026-01-01 09:00"}]},
        ),
        released(
            "a better one that was not recorded yet",
            {"indicator_assessment": [{}, weak(0, assessed_on="2026-06-01", recorded_at="2026-06-15 01:30:01")]},
        ),
        no_need(
            "a better one, recorded at the very instant",
            {"indicator_assessment": [{}, weak(0, assessed_on="2026-06-01", recorded_at="2026-06-15 01:30")]},
        ),
        released(
            "of two children one is in need",
            {"child": [{}, {}], "indicator_assessment": [weak(0), {"child_id": 2}]},
        ),
        no_need(
            "two children, weak on two each",
            {"child": [{}, {}], "indicator_assessment": [weak(2), weak(2, child_id=2)]},
            note="children are not added up",
        ),
        no_need(
            "the child in need is three, the other is not in need",
            {
                "child": [{"birth_date": "2023-06-15"}, {}],
                "indicator_assessment": [{}, weak(0, child_id=2)],
            },
        ),
        no_need("no need and no protocol", {"indicator_assessment": [weak(0)], "protocol": []}),
        no_need("no need and no consent", {"indicator_assessment": [weak(0)], "consent_event": []}),
    ),
)
