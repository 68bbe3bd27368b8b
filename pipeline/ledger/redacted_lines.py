"""Which lines were redacted, stored beside the anchors: a backup that is put back knows again whom they were about.

A line is named by the beginning of its commitment (`who_sha256`): it tells nothing of a person once its salt is gone,
and no other line has it, whatever is appended to the ledger later. Files are only ever added.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from hashlib import sha256

from pipeline.core.ground import named_refusal
from pipeline.core.write_once import OncePlace, add_once, names_in, read_in
from pipeline.ledger.db.remedies import error_of_system

SHOWN = 16
"""Characters of a commitment: of a billion lines no two begin alike, with odds of 36 to 1."""

_NAME = re.compile(r"redacted-\d{8}T\d{12}Z-[0-9a-f]{12}\.json")

RedactedLines = Mapping[str, Collection[str]]
"""By table, the beginnings of the commitments of the lines that are redacted."""


def put_redacted(folder: OncePlace, at: datetime, lines: RedactedLines) -> None:
    """One more file, on disk before this returns. Raises LedgerUnavailable: then nothing may be redacted."""
    content = json.dumps({table: sorted(lines[table]) for table in sorted(lines)}).encode()
    name = f"redacted-{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{sha256(content).hexdigest()[:12]}.json"
    try:
        add_once(folder, name, content)
    except FileExistsError:
        return  # the same lines at the same instant
    except OSError as error:
        raise error_of_system(error)(
            f"what is redacted cannot be noted beside the anchors ({named_refusal(folder, error)}), "
            "so nothing was redacted: see that the folder of GEGEVENSDELING_ANCHORS is mounted, "
            "and that this account may add files to it"
        ) from None


def read_redacted(folder: OncePlace) -> dict[str, set[str]]:
    """All that was ever noted. One that was cut off while it was written is passed over: its redaction was not made.

    Raises LedgerUnavailable when the folder cannot be read.
    """
    found: dict[str, set[str]] = defaultdict(set)
    try:
        contents = [read_in(folder, name) for name in names_in(folder) if _NAME.fullmatch(name)]
    except OSError as error:
        raise error_of_system(error)(
            f"what was redacted cannot be read beside the anchors ({named_refusal(folder, error)}): "
            "see that the folder of GEGEVENSDELING_ANCHORS is there and mounted"
        ) from None
    for content in contents:
        for table, lines in _parsed(content).items():
            found[table].update(lines)
    return dict(found)


def _parsed(content: bytes) -> dict[str, list[str]]:
    try:
        parsed: dict[str, list[str]] = json.loads(content)
    except ValueError:
        return {}
    return parsed
