"""The contract with the agency: its tables ("feeds"), their columns, types and keys.

After the agency's interface (read-only, external). The agency may add columns; a missing column stops the run. Types
are SQL's, as the snapshot holds them in Parquet; instants are timestamptz in UTC.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feed:
    """One table: its columns with their SQL types, its key, which columns may be NULL, and whether it only grows."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]
    nullable: tuple[str, ...] = ()
    append_only: bool = False


def _feed(name: str, key: str, columns: str, append_only: bool = False) -> Feed:
    """`columns`: each with its type; a column that may be NULL has a type that ends in `?`."""
    types = dict(column.split() for column in columns.split(","))
    return Feed(
        name=name,
        columns={column: kind.removesuffix("?") for column, kind in types.items()},
        key=tuple(key.split()),
        nullable=tuple(column for column, kind in types.items() if kind.endswith("?")),
        append_only=append_only,
    )


UNPARSABLE = "unparsable"
"""A column that extract adds: the names of the columns that did not parse, hold an impossible date or instant, or are
NULL against the contract; or NULL. Such a column is NULL itself."""

EARLIEST_DAY, LATEST_DAY = "1900-01-01", "9999-12-31"
"""A date or instant outside these, in UTC, is impossible, and so is an infinite one (DOMAIN: Impossible values)."""

HEADER = "is_header_row"
"""A column of raw rows from SQLite alone: 1 in a first row that only gives the types, see source/queries.py."""

CONTROL = _feed("feed_control", "feed", "feed varchar, produced_at timestamptz, row_count bigint")

_FEEDS = (
    _feed("recipient", "kbo", "kbo varchar, name varchar, kind varchar, ovo varchar?"),
    _feed(
        "recipient_municipality",
        "kbo nis_code valid_from",
        "kbo varchar, nis_code varchar, valid_from date, valid_until date?",
    ),
    _feed("local_team", "local_team_id", "local_team_id varchar, name varchar"),
    _feed("family", "family_id", "family_id bigint, local_team_id varchar"),
    _feed(
        "parent",
        "parent_id",
        """parent_id bigint, family_id bigint, insz varchar?, first_name varchar?, last_name varchar?, phone varchar?,
        email varchar?, deceased_on date?""",
    ),
    _feed(
        "residence",
        "parent_id valid_from recorded_at",
        """parent_id bigint, valid_from date, recorded_at timestamptz, street varchar?, house_number varchar?,
        box_number varchar?, postal_code varchar?, nis_code varchar?, confidential boolean""",
        append_only=True,
    ),
    _feed("child", "child_id", "child_id bigint, family_id bigint, birth_date date, client boolean"),
    _feed("child_on_31_december", "child_id year", "child_id bigint, year bigint, nis_code varchar"),
    _feed(
        "indicator_assessment",
        "assessment_id",
        """assessment_id bigint, child_id bigint, assessed_on date, recorded_at timestamptz, income boolean?,
        education boolean?, employment boolean?, stimulation boolean?, housing boolean?, health boolean?""",
        append_only=True,
    ),
    _feed(
        "agreement",
        "agreement_id recorded_at",
        """agreement_id varchar, recorded_at timestamptz, kbo varchar, local_team_id varchar, signed_on date?,
        valid_from date, valid_until date?, ended_on date?, min_criteria bigint?""",
        append_only=True,
    ),
    _feed(
        "protocol",
        "protocol_id recorded_at",
        """protocol_id varchar, recorded_at timestamptz, kbo varchar, legal_basis varchar, kind varchar,
        signed_on date?, published_url varchar?, recipient_published_url varchar?, dpo_advice_on date?,
        recipient_dpo_advice_on date?, valid_from date, valid_until date?, ended_on date?, fields varchar,
        retention_days bigint""",
        append_only=True,
    ),
    _feed(
        "consent_text",
        "text_version",
        "text_version varchar, accepted_from date, accepted_until date?",
    ),
    _feed(
        "consent_event",
        "event_id",
        """event_id bigint, parent_id bigint, kbo varchar, kind varchar, text_version varchar?, fields varchar?,
        valid_until date?, occurred_at timestamptz, recorded_at timestamptz""",
        append_only=True,
    ),
    CONTROL,
)

FEEDS: dict[str, Feed] = {feed.name: feed for feed in _FEEDS}

ABOUT_ONE_PERSON = frozenset(
    {"family", "parent", "residence", "child", "child_on_31_december", "indicator_assessment", "consent_event"}
)
"""Feeds whose rows are each about one person or family: an impossible value sets them apart, and stops nobody else."""
