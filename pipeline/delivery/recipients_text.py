"""The texts of `recipients.toml` and `recipients.seals.toml`: parsed and written. Pure."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings

_KEYS = {field.name: field.default is MISSING for field in fields(RecipientSettings) if field.name != "kbo"}
"""Each key of a recipient's table, and whether it must be there."""


def parse_recipients(text: str) -> dict[Kbo, RecipientSettings]:
    """As `load_recipients`, of the text of recipients.toml alone."""
    document = _toml(text)
    tables = document.pop("recipient", {})
    if document:
        raise SettingsError(f"unknown key {min(document)}: every table is named [recipient.<kbo>]")
    if not isinstance(tables, dict) or not tables:
        raise SettingsError("no recipient in it: add a table [recipient.<kbo>]")
    recipients = {Kbo(kbo): _recipient(kbo, tables[kbo]) for kbo in sorted(tables)}
    _refuse_shared_accounts(recipients.values())
    return recipients


def with_seals(recipients: Mapping[Kbo, RecipientSettings], text: str) -> dict[Kbo, RecipientSettings]:
    """The same, with the seals in the text of recipients.seals.toml; a seal of nobody here is ignored.

    Raises SettingsError, also when a recipient's own table holds another seal.
    """
    document = _toml(text)
    seals = document.pop("seals", None)
    if not isinstance(seals, dict) or document:
        raise SettingsError("is not as `gegevensdeling seal` writes it: put it back, or remove it and seal again")
    for kbo, recipient in recipients.items():
        if recipient.seal and seals.get(kbo, recipient.seal) != recipient.seal:
            raise SettingsError(
                f"recipient {kbo}: its seal is not the one in its table: find out who changed either, and remove the "
                "wrong one"
            )
    return {kbo: replace(each, seal=seals.get(kbo, each.seal)) for kbo, each in recipients.items()}


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"is not valid TOML: {error}") from None


def _recipient(kbo: str, table: object) -> RecipientSettings:
    if not isinstance(table, Mapping):
        raise SettingsError(f"recipient {kbo}: is not a table: write [recipient.{kbo}]")
    unknown = sorted(table.keys() - _KEYS.keys())
    if unknown:
        raise SettingsError(f"recipient {kbo}: {unknown[0]} is not one of the keys {', '.join(sorted(_KEYS))}")
    missing = [key for key, required in _KEYS.items() if required and key not in table]
    if missing:
        raise SettingsError(f"recipient {kbo}: {missing[0]} is missing{_REMEDIES.get(missing[0], '')}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return RecipientSettings(kbo=Kbo(kbo), **values)


_REMEDIES = {"encryption": f': write encryption = "{NO_ENCRYPTION}" where drops go in clear'}


def _refuse_shared_accounts(recipients: Iterable[RecipientSettings]) -> None:
    """Two recipients with one account would read each other's drops."""
    seen: dict[tuple[str, str], Kbo] = {}
    for recipient in recipients:
        other = seen.setdefault((recipient.connection, recipient.account), recipient.kbo)
        if other != recipient.kbo:
            raise SettingsError(f"recipient {recipient.kbo}: account is also that of recipient {other}")


def recipients_toml(recipients: Iterable[RecipientSettings]) -> str:
    """The text of recipients.toml, sorted by KBO, without seals. Raises SettingsError unless it reads back the same."""
    ordered = sorted((replace(each, seal="") for each in recipients), key=lambda recipient: recipient.kbo)
    text = "\n".join(_table(recipient) for recipient in ordered)
    if list(parse_recipients(text).values()) != ordered:
        raise SettingsError("the recipients' settings do not survive being written: report this")
    return text


def _table(recipient: RecipientSettings) -> str:
    # JSON's text, whole numbers and lists of texts are TOML's too, once control characters are refused.
    keys = [key for key in _KEYS if key != "seal" and (key != "mail" or recipient.mail)]
    values = {key: json.dumps(getattr(recipient, key), ensure_ascii=False) for key in keys}
    return "".join([f"[recipient.{recipient.kbo}]\n", *(f"{key} = {value}\n" for key, value in values.items())])


def seals_toml(seals: Mapping[Kbo, str]) -> str:
    """The text of recipients.seals.toml, sorted by KBO; an empty seal is left out."""
    lines = [f'{kbo} = "{seals[kbo]}"\n' for kbo in sorted(seals) if seals[kbo]]
    return "".join(["# Written by `gegevensdeling seal`, and by nobody else.\n[seals]\n", *lines])
