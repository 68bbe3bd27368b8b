"""The contract with the agency: its tables ("feeds"), their columns, types and keys.

After the agency's interface (read-only, external). The agency may add columns; one of these missing stops
the run. Types are SQL's, as the snapshot holds them in Parquet; instants are timestamptz in UTC.
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


UNPARSABLE = "unparsable"
"""A column that extract adds: the names of the columns that did not parse or are NULL against the contract, or NULL."""

HEADER = "is_header_row"
"""A column of raw rows from SQLite alone: 1 in a first row that only says the types, see adapters/agency.py."""

CONTROL = Feed(
    "feed_control",
    {"feed": "varchar", "produced_at": "timestamptz", "row_count": "bigint"},
    ("feed",),
)

_FEEDS = (
    Feed(
        "recipient",
        {"kbo": "varchar", "name": "varchar", "kind": "varchar", "ovo": "varchar"},
        ("kbo",),
        nullable=("ovo",),
    ),
    Feed(
        "recipient_municipality",
        {"kbo": "varchar", "nis_code": "varchar", "valid_from": "date", "valid_until": "date"},
        ("kbo", "nis_code", "valid_from"),
        nullable=("valid_until",),
    ),
    Feed("local_team", {"local_team_id": "varchar", "name": "varchar"}, ("local_team_id",)),
    Feed("family", {"family_id": "bigint", "local_team_id": "varchar"}, ("family_id",)),
    Feed(
        "parent",
        {
            "parent_id": "bigint",
            "family_id": "bigint",
            "insz": "varchar",
            "first_name": "varchar",
            "last_name": "varchar",
            "phone": "varchar",
            "email": "varchar",
            "deceased_on": "date",
        },
        ("parent_id",),
        nullable=("insz", "first_name", "last_name", "phone", "email", "deceased_on"),
    ),
    Feed(
        "residence",
        {
            "parent_id": "bigint",
            "valid_from": "date",
            "recorded_at": "timestamptz",
            "street": "varchar",
            "house_number": "varchar",
            "box_number": "varchar",
            "postal_code": "varchar",
            "nis_code": "varchar",
            "confidential": "boolean",
        },
        ("parent_id", "valid_from", "recorded_at"),
        nullable=("street", "house_number", "box_number", "postal_code", "nis_code"),
        append_only=True,
    ),
    Feed(
        "child",
        {"child_id": "bigint", "family_id": "bigint", "birth_date": "date", "client": "boolean"},
        ("child_id",),
    ),
    Feed(
        "child_on_31_december",
        {"child_id": "bigint", "year": "bigint", "nis_code": "varchar"},
        ("child_id", "year"),
    ),
    Feed(
        "indicator_assessment",
        {
            "assessment_id": "bigint",
            "child_id": "bigint",
            "assessed_on": "date",
            "recorded_at": "timestamptz",
            "income": "boolean",
            "education": "boolean",
            "employment": "boolean",
            "stimulation": "boolean",
            "housing": "boolean",
            "health": "boolean",
        },
        ("assessment_id",),
        nullable=("income", "education", "employment", "stimulation", "housing", "health"),
        append_only=True,
    ),
    Feed(
        "agreement",
        {
            "agreement_id": "varchar",
            "recorded_at": "timestamptz",
            "kbo": "varchar",
            "local_team_id": "varchar",
            "signed_on": "date",
            "valid_from": "date",
            "valid_until": "date",
            "ended_on": "date",
            "min_criteria": "bigint",
        },
        ("agreement_id", "recorded_at"),
        nullable=("signed_on", "valid_until", "ended_on", "min_criteria"),
        append_only=True,
    ),
    Feed(
        "protocol",
        {
            "protocol_id": "varchar",
            "recorded_at": "timestamptz",
            "kbo": "varchar",
            "legal_basis": "varchar",
            "kind": "varchar",
            "signed_on": "date",
            "published_url": "varchar",
            "dpo_advice_on": "date",
            "valid_from": "date",
            "valid_until": "date",
            "ended_on": "date",
            "fields": "varchar",
            "retention_days": "bigint",
        },
        ("protocol_id", "recorded_at"),
        nullable=("signed_on", "published_url", "dpo_advice_on", "valid_until", "ended_on"),
        append_only=True,
    ),
    Feed(
        "consent_text",
        {"text_version": "varchar", "accepted_from": "date", "accepted_until": "date"},
        ("text_version",),
        nullable=("accepted_until",),
    ),
    Feed(
        "consent_event",
        {
            "event_id": "bigint",
            "parent_id": "bigint",
            "kbo": "varchar",
            "kind": "varchar",
            "text_version": "varchar",
            "fields": "varchar",
            "valid_until": "date",
            "occurred_at": "timestamptz",
            "recorded_at": "timestamptz",
        },
        ("event_id",),
        nullable=("text_version", "fields", "valid_until"),
        append_only=True,
    ),
    CONTROL,
)

FEEDS: dict[str, Feed] = {feed.name: feed for feed in _FEEDS}
