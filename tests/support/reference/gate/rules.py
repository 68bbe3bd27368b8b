"""The thirteen rules in the order of the table; a parent is withheld for the first that answers True."""

from collections.abc import Callable

from tests.support.reference.gate import consent, need, papers, places, values
from tests.support.reference.gate.night import Decision, Night
from tests.support.worlds.tables import Row


def decide(night: Night) -> dict[int, Decision]:
    """The decision on every parent of the population, by parent_id."""
    return {parent["parent_id"]: decision(night, parent) for parent in need.population(night)}


def decision(night: Night, parent: Row) -> Decision:
    """ "Released, or withheld with exactly one reason"; the recipient is named once there is one."""
    for number, (reason, withheld) in enumerate(RULES.items(), 1):
        if withheld(night, parent):
            return Decision("withheld", places.recipient_of(night, parent) if number > 5 else None, reason, None)
    return released(places.recipient_of(night, parent), consent.fields_left(night, parent))


def released(kbo: str | None, fields: set[str]) -> Decision:
    return Decision("released", kbo, None, ",".join(sorted(fields)))


def quarantined(night: Night, parent: Row) -> bool:
    """Rule 1: "the parent's own row failed a row check … or an impossible value in a row about this person"."""
    insz = parent["insz"]
    wrong_insz = insz is not None and not values.is_insz(insz)
    nameless = values.is_blank(parent["first_name"]) or values.is_blank(parent["last_name"])
    return wrong_insz or nameless or any(values.sets_apart(feed, row) for feed, row in rows_about(night, parent))


def rows_about(night: Night, parent: Row) -> list[tuple[str, Row]]:
    """ "Own row, residence, consent event, or a child or assessment of the family".

    Reading: of this parent row alone, not of another row of the same INSZ; any child, whatever its age; every consent
    event, whomever it is for. `family` itself is not in the list.
    """
    own = [(feed, row) for feed in ("residence", "consent_event") for row in night.rows(feed, **_of(parent))]
    children = night.rows("child", family_id=parent["family_id"])
    assessments = [row for child in children for row in night.rows("indicator_assessment", child_id=child["child_id"])]
    of_family = [("child", row) for row in children] + [("indicator_assessment", row) for row in assessments]
    return [("parent", parent), *own, *of_family]


def _of(parent: Row) -> dict[str, int]:
    return {"parent_id": parent["parent_id"]}


def deceased(night: Night, parent: Row) -> bool:
    """Rule 2: "`deceased_on` <= D"."""
    return values.by(parent["deceased_on"], night.day)


def no_residence(night: Night, parent: Row) -> bool:
    """Rule 3: "no residence row by D, or its NIS code neither current on D nor mapped by a merger up to D"."""
    home = places.residence(night, parent)
    return home is None or places.municipality_on(home["nis_code"], night.day) is None


def confidential_address(night: Night, parent: Row) -> bool:
    """Rule 4: "of this parent, or of any other parent of the family"."""
    return any(places.is_protected(night, member) for member in night.rows("parent", family_id=parent["family_id"]))


def not_served(night: Night, parent: Row) -> bool:
    """Rule 5: "not exactly one recipient serves that municipality on D"."""
    return places.recipient_of(night, parent) is None


def no_agreement(night: Night, parent: Row) -> bool:
    """Rule 6: "none in force between that recipient and the family's local team"."""
    return not papers.agreements_for(night, parent)


def no_need(night: Night, parent: Row) -> bool:
    """Rule 7: "no child under 3 whose latest assessment has at least `min_criteria` weak criteria"."""
    return not need.is_in_need(night, parent, need.needed(night, parent))


def no_protocol(night: Night, parent: Row) -> bool:
    """Rule 8: "none in force with that recipient"."""
    return not papers.protocols_in_force(night, places.recipient_of(night, parent))


def no_consent(night: Night, parent: Row) -> bool:
    """Rule 9: "neither a grant nor a no counts for this recipient yet"."""
    return consent.grant_looked_at(night, parent) is None and not consent.noes_that_count(night, parent)


def withdrawn(night: Night, parent: Row) -> bool:
    """Rule 10: "a no counts … and there is no grant looked at, or it is not later than every counting no in both
    ways"."""
    grant, noes = consent.grant_looked_at(night, parent), consent.noes_that_count(night, parent)
    return bool(noes) and (grant is None or not all(consent.holds_against(grant, no) for no in noes))


def consent_expired(night: Night, parent: Row) -> bool:
    """Rule 11: "`valid_until` < D"."""
    until = consent.standing_grant(night, parent)["valid_until"]
    return until is not None and until < night.day


def text_not_accepted(night: Night, parent: Row) -> bool:
    """Rule 12: "its text version is unknown, or not accepted on D"."""
    texts = night.rows("consent_text", text_version=consent.standing_grant(night, parent)["text_version"])
    return not any(values.is_within(night.day, text["accepted_from"], text["accepted_until"]) for text in texts)


def fields(night: Night, parent: Row) -> bool:
    """Rule 13."""
    return not suffice(night, parent, consent.fields_left(night, parent))


def suffice(night: Night, parent: Row, left: set[str]) -> bool:
    """ "`name` and at least one of address, phone, email that is not blank for this parent (an address without street
    or postal code is blank)"."""
    home = places.residence(night, parent)
    filled = {
        "address": home is not None
        and not values.is_blank(home["street"])
        and not values.is_blank(home["postal_code"]),
        "phone": not values.is_blank(parent["phone"]),
        "email": not values.is_blank(parent["email"]),
    }
    return "name" in left and any(field in left and filled[field] for field in filled)


RULES: dict[str, Callable[[Night, Row], bool]] = {
    rule.__name__: rule
    for rule in (
        quarantined,
        deceased,
        no_residence,
        confidential_address,
        not_served,
        no_agreement,
        no_need,
        no_protocol,
        no_consent,
        withdrawn,
        consent_expired,
        text_not_accepted,
        fields,
    )
}
