"""Who is decided on, and whether a child of the family is in need."""

from datetime import MAXYEAR, date

from tests.support.reference.gate import papers
from tests.support.reference.gate.night import Night, recording
from tests.support.worlds.tables import Row

CRITERIA = ("income", "education", "employment", "stimulation", "housing", "health")


def population(night: Night) -> list[Row]:
    """ "Every parent of a family with a child under 3 (third birthday not reached) that has a valid assessment".

    Reading: a family is whoever shares a family_id; one missing from `family` is decided on all the same. A child
    whose birth date is impossible is not known to be under 3, and brings nobody into the population.
    """
    return [parent for parent in night.rows("parent") if children_who_count(night, parent)]


def children_who_count(night: Night, parent: Row) -> list[Row]:
    """The family's children under 3 that have a valid assessment."""
    children = night.rows("child", family_id=parent["family_id"])
    return [child for child in children if is_under_age(night, child) and valid_assessments(night, child)]


def is_under_age(night: Night, child: Row) -> bool:
    """ "Third birthday not reached"."""
    born = child["birth_date"]
    return born is not None and night.day < birthday(born, night.child_age_limit_years)


def birthday(born: date, years: int) -> date:
    """ "A child born on 29 February turns three on 1 March"; what falls after the last year that there is, never."""
    if born.year + years > MAXYEAR:
        return date.max
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def valid_assessments(night: Night, child: Row) -> list[Row]:
    """ "One with no criterion filled, before birth or in the future is invalid and passed over"."""
    return [
        row
        for row in night.rows("indicator_assessment", child_id=child["child_id"])
        if row["assessed_on"] is not None
        and child["birth_date"] <= row["assessed_on"] <= night.day
        and any(row[criterion] is not None for criterion in CRITERIA)
    ]


def latest_assessment(night: Night, child: Row) -> Row:
    """ "The latest `assessed_on` <= D, then latest `recorded_at`, then highest id"."""
    rows = valid_assessments(night, child)
    return max(rows, key=lambda row: (row["assessed_on"], recording(row), row["assessment_id"]))


def weak_criteria(assessment: Row) -> int:
    """ "NULL is not weak"."""
    return sum(assessment[criterion] is True for criterion in CRITERIA)


def needed(night: Night, parent: Row) -> int:
    """ "At least `min_criteria` weak criteria (NULL: 3; several agreements: the highest)"."""
    return max(papers.threshold(agreement) for agreement in papers.agreements_for(night, parent))


def is_in_need(night: Night, parent: Row, criteria: int) -> bool:
    """A child under 3 whose latest assessment has at least so many weak criteria."""
    children = children_who_count(night, parent)
    return any(weak_criteria(latest_assessment(night, child)) >= criteria for child in children)
