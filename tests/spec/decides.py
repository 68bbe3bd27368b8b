"""Who may change each choice of the gate, and where the choice is written: a chapter of docs/gate.md."""

from dataclasses import dataclass

from pipeline.core.settings import PREFIX, Settings


@dataclass(frozen=True)
class Choice:
    """One thing that could be otherwise. `assumption`: no public source settles it, the agency has to."""

    what: str
    who: str
    where: str
    assumption: bool = False


def setting(name: str) -> str:
    """The setting's full name, with its default; AttributeError for one that does not exist."""
    return f"`{PREFIX}{name.upper()}` ({getattr(Settings(), name)})"


LEGISLATOR = "the Flemish legislator: the decree of 4 February 2022 (Belgisch Staatsblad of 11 March 2022)"
PARTIES = "the local team and the recipient, together"
SIGNATORIES = "the agency and the recipient, on the advice of both DPOs (e-government decree, article 8)"
PARENT = "the parent, and nobody else"
AGENCY = "the agency"

CHOICES = (
    Choice("which fields may ever pass: name, address, phone, e-mail", LEGISLATOR, "`Field`, `pipeline/core/model.py`"),
    Choice("which of those pass to one recipient", SIGNATORIES, "`protocol.fields`"),
    Choice("which of those pass of one parent", PARENT, "`consent_event.fields`"),
    Choice("whether a parent's data pass at all, and until when", PARENT, "`consent_event`"),
    Choice("which consent texts are accepted, and when", AGENCY, "`consent_text`"),
    Choice("until which birthday a child counts", AGENCY, setting("child_age_limit_years"), assumption=True),
    Choice("how many weak criteria are need (nothing stated: 3)", PARTIES, "`agreement.min_criteria`"),
    Choice("from when until when an agreement is in force", PARTIES, "`agreement`"),
    Choice("from when until when a protocol is in force", SIGNATORIES, "`protocol`"),
    Choice("how long the recipient may keep the data", SIGNATORIES, "`protocol.retention_days`"),
    Choice(
        "that a paper from before a merger is suspended until it is renewed",
        AGENCY,
        "`agreement.valid_from`, `protocol.valid_from`",
        assumption=True,
    ),
    Choice("which recipient serves which municipality", AGENCY, "`recipient_municipality`"),
    Choice("which municipalities there are, and which merged", "Statbel", "`pipeline/reference/`"),
    Choice("whose address is protected", AGENCY, "`residence.confidential`"),
    Choice(
        "what is read where the rule leaves room (the lines marked so below)",
        AGENCY,
        "[0009](decisions/0009-readings-of-the-gate.md), `sql/gate/`",
    ),
    Choice("the order of the reasons, and that the first counts", AGENCY, "`Reason`, `pipeline/core/model.py`"),
    Choice("when the figures of a night hold it until a person has looked", AGENCY, setting("max_change_share")),
    Choice("who may let a held night go", AGENCY, f"`{PREFIX}APPROVERS`"),
)
