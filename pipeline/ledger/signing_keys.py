"""What became of the agency's signing keys: taken into use, ended, revoked. Pure.

    use --> end
      \\----> revoke (of an ended key too)

A key that was ended or revoked never signs again. A revocation says since when the key was in others' hands: what it
signed before is the agency's by the agency's own records, what it signed since may be anybody's.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day


class KeyAct(StrEnum):
    """What happened to a key."""

    USE = "use"
    """A task signed with it for the first time, or a named person put it beside the one before."""
    END = "end"
    """A named person ended it: no recipient was sealed to it any more."""
    REVOKE = "revoke"
    """A named person revoked it: somebody else may have it."""


@dataclass(frozen=True)
class SigningKeyAct:
    """One line. `who`: the user of the operating system, or the run of a first use; `public_line`: the key itself.

    `decided_by` and `since`, of a revocation alone: who decided it, and from when on it was in others' hands.
    """

    fingerprint: str
    public_line: str
    act: KeyAct
    at: datetime
    who: str
    reason: str
    decided_by: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class SigningKeyHistory:
    """Every act on record, in the order of writing."""

    acts: tuple[SigningKeyAct, ...] = ()

    def of(self, fingerprint: str) -> list[SigningKeyAct]:
        return [act for act in self.acts if act.fingerprint == fingerprint]

    @property
    def public_lines(self) -> dict[str, str]:
        """By fingerprint, in the order in which the keys came into use."""
        return {act.fingerprint: act.public_line for act in self.acts}

    @property
    def revoked(self) -> dict[str, datetime]:
        """By fingerprint, since when: the earliest instant that was given."""
        found: dict[str, datetime] = {}
        for act in self.acts:
            if act.since is not None:
                found[act.fingerprint] = min(act.since, found.get(act.fingerprint, act.since))
        return found

    def usable(self) -> list[str]:
        """The keys in use, by fingerprint: neither ended nor revoked."""
        return [key for key in self.public_lines if self.end_of(key) is None]

    def end_of(self, fingerprint: str) -> SigningKeyAct | None:
        """The act after which it signs no more: its revocation, if there is one."""
        ends = [act for act in self.of(fingerprint) if act.act is not KeyAct.USE]
        return next((act for act in ends if act.act is KeyAct.REVOKE), ends[0] if ends else None)

    def require_usable(self, fingerprint: str) -> None:
        """Raises SettingsError for a key that may not sign any more."""
        if end := self.end_of(fingerprint):
            what = "revoked" if end.act is KeyAct.REVOKE else "ended"
            by = f"{what} on {local_day(end.at)} by {end.decided_by or end.who}"
            remedy = "store another as connection signing_key, and seal the recipients to it"
            raise SettingsError(f"signing key {fingerprint} was {by}, so nothing was signed with it: {remedy}")


def key_act_may_follow(act: SigningKeyAct, history: SigningKeyHistory) -> bool:
    """Whether it may be written now: each act once a key, but for a revocation that reaches further back."""
    before = history.of(act.fingerprint)
    if act.act is KeyAct.REVOKE:
        since = history.revoked.get(act.fingerprint)
        return act.since is not None and (since is None or act.since < since)
    if act.act is KeyAct.USE:
        return not before
    return bool(before) and history.end_of(act.fingerprint) is None
