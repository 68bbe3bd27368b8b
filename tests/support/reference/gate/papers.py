"""Agreements and protocols: which are in force, and who gets a drop under them."""

from tests.support.reference.gate import places, values
from tests.support.reference.gate.night import Covered, Night
from tests.support.worlds.tables import Row


def is_signed_and_running(night: Night, paper: Row) -> bool:
    """ "Signed on or before D and `valid_from` <= D <= the earliest of `valid_until` and `ended_on`"."""
    is_signed = values.by(paper["signed_on"], night.day)
    return is_signed and values.is_within(night.day, paper["valid_from"], paper["valid_until"], paper["ended_on"])


def is_suspended(night: Night, paper: Row) -> bool:
    """ "Whose term began (`valid_from`) before the latest merger that shaped a municipality its recipient serves"."""
    served = {row["nis_code"] for row in places.serving(night, kbo=paper["kbo"])}
    shaped = places.last_shaped(served, night.day)
    return shaped is not None and paper["valid_from"] < shaped


def has_threshold(agreement: Row) -> bool:
    """ "1 to 6; NULL: 3; anything else: an error, and not in force"."""
    return agreement["min_criteria"] is None or 1 <= agreement["min_criteria"] <= 6


def agreements_in_force(night: Night, kbo: str | None) -> list[Row]:
    """A recipient's agreements that are in force, with whatever team."""
    return [
        paper
        for paper in night.agreements
        if paper["kbo"] == kbo
        and is_signed_and_running(night, paper)
        and not is_suspended(night, paper)
        and has_threshold(paper)
    ]


def agreements_for(night: Night, parent: Row) -> list[Row]:
    """ "In force between that recipient and the family's local team"."""
    teams = [row["local_team_id"] for row in night.rows("family", family_id=parent["family_id"])]
    papers = agreements_in_force(night, places.recipient_of(night, parent))
    return [paper for paper in papers if paper["local_team_id"] in teams]


def threshold(agreement: Row) -> int:
    """ "NULL: 3"."""
    return 3 if agreement["min_criteria"] is None else int(agreement["min_criteria"])


def is_published(paper: Row) -> bool:
    """ "Publication by both parties". Reading: an address of publication that is blank is none."""
    return not values.is_blank(paper["published_url"]) and not values.is_blank(paper["recipient_published_url"])


def is_advised(night: Night, paper: Row) -> bool:
    """ "The advice of both data protection officers by D"."""
    return all(values.by(paper[name], night.day) for name in ("dpo_advice_on", "recipient_dpo_advice_on"))


def protocols_in_force(night: Night, kbo: str | None) -> list[Row]:
    """ "A protocol also needs `legal_basis` 'decree-2022-02-04', `kind` 'protocol', … and no field outside the
    decree"."""
    return [
        paper
        for paper in night.protocols
        if paper["kbo"] == kbo
        and is_signed_and_running(night, paper)
        and not is_suspended(night, paper)
        and paper["legal_basis"] == "decree-2022-02-04"
        and paper["kind"] == "protocol"
        and is_published(paper)
        and is_advised(night, paper)
        and values.field_list(paper["fields"]) <= values.DECREE
    ]


def covered(night: Night) -> list[Covered]:
    """ "A drop goes every night to each recipient that has an agreement and a protocol in force, rows or none"."""
    found = []
    for kbo in sorted({row["kbo"] for row in night.rows("recipient")}):
        agreements = sorted(paper["agreement_id"] for paper in agreements_in_force(night, kbo))
        protocols = protocols_in_force(night, kbo)
        if agreements and protocols:
            ids = tuple(sorted(paper["protocol_id"] for paper in protocols))
            found.append(Covered(kbo, tuple(agreements), ids, min(p["retention_days"] for p in protocols)))
    return found
