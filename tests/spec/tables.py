"""The whole spec, in the order of DOMAIN.md's table."""

from tests.spec.case import Case, Section
from tests.spec.consents import EXPIRED, FIELDS, NO_CONSENT, TEXT, WITHDRAWN
from tests.spec.need import NO_NEED
from tests.spec.papers import AGREEMENT, PROTOCOL
from tests.spec.persons import DECEASED, POPULATION, QUARANTINED
from tests.spec.places import CONFIDENTIAL, NO_RESIDENCE, NOT_SERVED

SECTIONS: tuple[Section, ...] = (
    POPULATION,
    QUARANTINED,
    DECEASED,
    NO_RESIDENCE,
    CONFIDENTIAL,
    NOT_SERVED,
    AGREEMENT,
    NO_NEED,
    PROTOCOL,
    NO_CONSENT,
    WITHDRAWN,
    EXPIRED,
    TEXT,
    FIELDS,
)


def cases() -> list[tuple[Section, Case]]:
    return [(section, case) for section in SECTIONS for case in section.cases]
