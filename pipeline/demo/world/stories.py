"""What may become of a parent's consent, as a table: the awkward cases of the gate's rules 9 to 13, with shares."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoryEvent:
    """One consent event of a story.

    `at`: when it occurs, from 0 (the first grant) to 1 (the day the world is made); above 1 it is still to come.
    `hours`: how long after that it is recorded; one still to come was recorded that long after the story began.
    `until`: last day of a grant, in days from the day the world is made. `text`: ACCEPTED means one accepted then.
    `fields`: USUAL means what parents commonly choose.
    """

    kind: str = "grant"
    at: float = 0.0
    hours: int = 6
    text: str | None = "accepted"
    fields: str | None = "usual"
    until: int | None = None


ACCEPTED, USUAL = "accepted", "usual"
FULL = "name,address,phone,email"


def _withdrawal(at: float, hours: int = 6) -> StoryEvent:
    return StoryEvent("withdrawal", at, hours, text=None, fields=None)


STORIES: dict[str, tuple[float, tuple[StoryEvent, ...]]] = {
    # not asked yet, or not yet in force: rule 9
    "none": (0.09, ()),
    "grant_to_come": (0.012, (StoryEvent(at=1.1),)),
    # good
    "grant": (0.55, (StoryEvent(),)),
    "granted_again": (0.03, (StoryEvent(), StoryEvent(at=0.6))),
    "granted_until_later": (0.05, (StoryEvent(until=230),)),
    "granted_until_today": (0.006, (StoryEvent(until=0),)),
    "withdrawn_and_granted_again": (0.02, (StoryEvent(), _withdrawal(0.3), StoryEvent(at=0.7))),
    "granted_and_another_to_come": (0.01, (StoryEvent(), StoryEvent(at=1.2, fields="name,phone"))),
    "two_grants_at_once": (0.01, (StoryEvent(fields="name,phone"), StoryEvent(hours=30, fields=FULL))),
    "two_grants_recorded_at_once": (0.008, (StoryEvent(fields="name,email"), StoryEvent(fields=FULL))),
    "recorded_late": (0.01, (StoryEvent(hours=240),)),
    # rule 10
    "withdrawn": (0.05, (StoryEvent(), _withdrawal(0.5))),
    "withdrawn_without_grant": (0.006, (_withdrawal(0.4),)),
    "withdrawal_at_the_instant_of_the_grant": (0.01, (StoryEvent(at=0.2, hours=30), _withdrawal(0.2))),
    "withdrawal_to_come_known_already": (0.006, (StoryEvent(), _withdrawal(1.1, hours=30))),
    "unknown_kind": (0.006, (StoryEvent(), StoryEvent("revision", 0.6, text=None))),
    "grant_without_text": (0.006, (StoryEvent(text=None),)),
    "grant_without_fields": (0.006, (StoryEvent(fields=None),)),
    "grant_with_blank_fields": (0.004, (StoryEvent(fields=" "),)),
    "field_outside_decree": (0.006, (StoryEvent(fields="name,phone,insz"),)),
    "malformed_at_the_instant_of_the_grant": (0.004, (StoryEvent(at=0.3), StoryEvent(at=0.3, text=None))),
    # rule 11
    "expired": (0.03, (StoryEvent(until=-20),)),
    "expired_yesterday": (0.006, (StoryEvent(until=-1),)),
    # rule 12
    "text_no_longer_accepted": (0.025, (StoryEvent(text="2022-1"),)),
    "other_text_no_longer_accepted": (0.006, (StoryEvent(text="2024-b"),)),
    "unknown_text": (0.008, (StoryEvent(text="1999-x"),)),
    # rule 13
    "no_name": (0.012, (StoryEvent(fields="address,phone,email"),)),
    "name_alone": (0.012, (StoryEvent(fields="name"),)),
}
"""Story to its share of the parents who are asked, and its events in the order in which they get their ids."""
