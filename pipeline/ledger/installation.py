"""Whose the ledger is: two installations on one ledger would take each other's drops for their own.

An installation has an id, made once, in a file beside its anchors: whoever has that folder has its proof of what was
sent. The first one that writes to a ledger is on record there; any other is refused, until a named person records that
it takes the ledger over.
"""

import json
import re
import secrets
import socket
from datetime import datetime

from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day
from pipeline.core.run import RunContext
from pipeline.core.write_once import OncePlace, add_once, read_in
from pipeline.ledger.db.installations import claim
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.remedies import error_of_system
from pipeline.ledger.owner import Installation

FILE = "installation.json"
_ID = re.compile("[0-9a-f]{16}")


def installation_here(folder: OncePlace, at: datetime, who: str, reason: str) -> Installation:
    """The one whose anchors lie in `folder`. Raises LedgerUnavailable or SettingsError."""
    return Installation(installation_id(folder), socket.gethostname(), at, who, reason)


def require_installation(context: RunContext) -> str:
    """The id of this installation, once the ledger is its own: an installation takes a ledger that is nobody's.

    Raises SettingsError for a ledger of another one, LedgerUnavailable.
    """
    here = installation_here(context.anchors, context.clock(), context.run, "the first on this ledger")
    owner = claim(open_ledger(context.ledger).engine, here)
    if owner.installation != here.installation:
        raise SettingsError(
            f"the ledger is that of installation {owner.installation} (on {owner.machine} since "
            f"{local_day(owner.at)}), and this is installation {here.installation}, so nothing is done: two on one "
            "ledger would take each other's drops for their own. Give this one a ledger of its own; only when the "
            "other is out of use for good: run `gegevensdeling ledger take-over`"
        )
    return here.installation


def installation_id(folder: OncePlace) -> str:
    """Made once, and never again while the folder of the anchors is kept.

    Raises LedgerUnavailable when it cannot be read or written, SettingsError for a file that is none.
    """
    try:
        try:
            content = read_in(folder, FILE)
        except FileNotFoundError:
            _make(folder)
            content = read_in(folder, FILE)
        said = json.loads(content)
    except OSError as error:
        raise error_of_system(error)(
            f"{FILE} cannot be read or written in {folder} ({error.strerror}), and nothing is sent without: "
            "see that this folder of GEGEVENSDELING_ANCHORS is mounted, and that this account may add files to it"
        ) from None
    except ValueError:
        said = None
    found = said.get("installation") if isinstance(said, dict) else None
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise SettingsError(
            f"{FILE} in the folder of GEGEVENSDELING_ANCHORS does not say which installation this is: put it back from "
            "its backup, or remove it and run `gegevensdeling ledger take-over`"
        )
    return found


def _make(folder: OncePlace) -> None:
    try:
        add_once(folder, FILE, f"{json.dumps({'installation': secrets.token_hex(8)})}\n".encode())
    except FileExistsError:
        return  # another task was first
