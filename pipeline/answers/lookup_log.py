"""Puts a look-up on record before its answer is shown: no record, no answer."""

import os
import pwd
from collections.abc import Mapping
from datetime import datetime

from pipeline.answers.lookup import Lookup, LookupKind, parse_reason
from pipeline.answers.person.ledger import append_lookup
from pipeline.core.connections import Connections, require
from pipeline.ledger.db.ledger import open_existing_ledger
from pipeline.ledger.persons import ledger_key, person_hashes


def record_lookup(
    what: LookupKind, reason: str, at: datetime, connections: Connections, parent_id: int | None = None
) -> None:
    """Raises LedgerUnavailable; SettingsError for an unusable reason, or without ledger or key."""
    ledger = open_existing_ledger(require(connections, "ledger_db").database_uri)
    key = ledger_key(connections) if parent_id is not None else None
    person = person_hashes(key, [parent_id])[0] if key is not None and parent_id is not None else None
    lookup = Lookup(at, os_user(), what, parse_reason(reason), person, None, key.id if key else None)
    append_lookup(ledger.engine, lookup)


def os_user(environment: Mapping[str, str] = os.environ) -> str:
    """The user of this process, and the user who became them by sudo."""
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    sudo = environment.get("SUDO_USER", "")
    return f"{sudo} as {name}" if sudo.isprintable() and sudo else name
