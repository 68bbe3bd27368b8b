"""The answer of a person to the question whether a held run may go on, and what the answer counts for. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from pipeline.core.model import HeldRule


class ApprovalDecision(StrEnum):
    """How a question to let a run go ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Answer:
    """One line of the ledger. `approver` is the name that Airflow's login gives, `reason` what that person wrote."""

    run: str
    night: date
    at: datetime
    decision: ApprovalDecision
    approver_id: str | None
    approver: str | None
    reason: str
    held: tuple[HeldRule, ...]


def held_rules_json(held: Sequence[HeldRule]) -> str:
    """What held the run, as canonical JSON: an answer counts for exactly this."""
    return json.dumps(sorted((asdict(rule) for rule in held), key=str), sort_keys=True, ensure_ascii=False)


def digest(held: Sequence[HeldRule]) -> str:
    """SHA-256 (hex) of `held_rules_json`."""
    return sha256(held_rules_json(held).encode()).hexdigest()
