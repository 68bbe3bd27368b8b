"""The gate of DOMAIN.md once more: naive, slow and written from that text alone, to judge the SQL gate by.

Each docstring quotes the sentence that it stands for. Where the text leaves room, the reading that withholds is taken,
and marked "Reading:". Nothing here may be taken from sql/. `decide` and `covered` take T strictly, as a replay does;
`decide_for_now` and `covered_for_now` are what a night, a delivery or an hour of housekeeping asks.
"""

from tests.support.reference.gate.consent import is_grant, is_no
from tests.support.reference.gate.need import CRITERIA, birthday, population
from tests.support.reference.gate.night import Covered, Decision, Night
from tests.support.reference.gate.now import covered_for_now, decide_for_now
from tests.support.reference.gate.papers import agreements_in_force, covered, is_suspended, protocols_in_force
from tests.support.reference.gate.places import codes_on, is_placed, municipality_on, reference, residence, serving
from tests.support.reference.gate.rules import RULES, decide
from tests.support.reference.gate.values import DECREE, digits, field_list, is_blank, is_insz, is_within

__all__ = [
    "CRITERIA",
    "DECREE",
    "RULES",
    "Covered",
    "Decision",
    "Night",
    "agreements_in_force",
    "birthday",
    "codes_on",
    "covered",
    "covered_for_now",
    "decide",
    "decide_for_now",
    "digits",
    "field_list",
    "is_blank",
    "is_grant",
    "is_insz",
    "is_no",
    "is_placed",
    "is_suspended",
    "is_within",
    "municipality_on",
    "population",
    "protocols_in_force",
    "reference",
    "residence",
    "serving",
]
