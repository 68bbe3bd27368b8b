"""`recipients.toml`, kept by hand, and `recipients.seals.toml` beside it, written by `gegevensdeling seal`."""

import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.core.hand_text import read_hand_text, text_of
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings

_KEYS = {field.name: field.default is MISSING for field in fields(RecipientSettings) if field.name != "kbo"}
"""Each key of a recipient's table, and whether it must be there."""
_UNSAID: dict[str, object] = {"mail": "", "way_back": "", "way_back_folder": "", "change_file": True}
"""Keys that are written only where they say something else."""
_SEAL_LINE = re.compile(r"^[ \t]*seal[ \t]*=[^\r\n]*(\r?\n|\Z)", re.MULTILINE)


def load_recipients(path: Path) -> dict[Kbo, RecipientSettings]:
    """By KBO, sorted, with their seals. Raises SettingsError naming file, recipient and key of the first mistake."""
    recipients, seals = _read(path, parse_recipients), seals_path(path)
    return _read(seals, lambda text: with_seals(recipients, text)) if seals.exists() else recipients


def seals_path(path: Path) -> Path:
    return path.with_suffix(".seals.toml")


def _read(path: Path, parse: Callable[[str], dict[Kbo, RecipientSettings]]) -> dict[Kbo, RecipientSettings]:
    try:
        return parse(read_hand_text(path))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}): set the recipients' settings") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8: save it as UTF-8") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def save_recipients(path: Path, recipients: Iterable[RecipientSettings]) -> None:
    """Write both files whole, for who keeps none by hand."""
    recipients = list(recipients)
    path.write_text(recipients_toml(recipients), encoding="utf-8")
    _write(seals_path(path), seals_toml({each.kbo: each.seal for each in recipients}), path)


def write_seals(path: Path, seals: Mapping[Kbo, str]) -> None:
    """Add these seals to those on record; old seals in recipients.toml (`path`) move over first, as they are.

    Each file is replaced at once or not at all, with the owner and rights of recipients.toml. Raises SettingsError.
    """
    on_record = {kbo: each.seal for kbo, each in load_recipients(path).items()}
    text = text_of(path.read_bytes())  # as bytes: line ends stay what they are
    if (stripped := without_seals(text)) != text:
        _write(seals_path(path), seals_toml(on_record), path)
        _write(path, stripped, path)
    _write(seals_path(path), seals_toml({**on_record, **seals}), path)


def without_seals(text: str) -> str:
    """The text of recipients.toml without its seals. Raises SettingsError where a seal is no line of its own."""
    stripped, recipients = _SEAL_LINE.sub("", text), parse_recipients(text)
    sealed = [kbo for kbo, each in recipients.items() if each.seal]
    if not sealed:
        return text
    unsealed = {kbo: replace(each, seal="") for kbo, each in recipients.items()}
    with suppress(SettingsError):
        if parse_recipients(stripped) == unsealed:
            return stripped
    raise SettingsError(f"recipient {sealed[0]}: its table is not plain: remove seal from it by hand and seal again")


def _write(path: Path, text: str, like: Path) -> None:
    real, like = path.resolve(), like.resolve()  # a link stays a link
    part = real.with_name(f".{real.name}.part")
    try:
        part.write_bytes(text.encode())
        shutil.copymode(like, part)
        os.chown(part, like.stat().st_uid, like.stat().st_gid)
        part.replace(real)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror}): nothing was sealed") from None
    finally:
        part.unlink(missing_ok=True)


def parse_recipients(text: str) -> dict[Kbo, RecipientSettings]:
    """By KBO, sorted, from the text of recipients.toml. Raises SettingsError."""
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
        remedy = f': write encryption = "{NO_ENCRYPTION}" where drops go in clear' if missing[0] == "encryption" else ""
        raise SettingsError(f"recipient {kbo}: {missing[0]} is missing{remedy}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return RecipientSettings(kbo=Kbo(kbo), **values)


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
    keys = [key for key in _KEYS if key != "seal" and _UNSAID.get(key) != getattr(recipient, key)]
    values = {key: json.dumps(getattr(recipient, key), ensure_ascii=False) for key in keys}
    return "".join([f"[recipient.{recipient.kbo}]\n", *(f"{key} = {value}\n" for key, value in values.items())])


def seals_toml(seals: Mapping[Kbo, str]) -> str:
    """The text of recipients.seals.toml, sorted by KBO; an empty seal is left out."""
    lines = [f'{kbo} = "{seals[kbo]}"\n' for kbo in sorted(seals) if seals[kbo]]
    return "".join(["# Written by `gegevensdeling seal`, and by nobody else.\n[seals]\n", *lines])
