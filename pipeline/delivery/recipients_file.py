"""`recipients.toml`, kept by hand, and `recipients.seals.toml` beside it, written by `gegevensdeling seal`."""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.recipients_text import parse_recipients, recipients_toml, seals_toml, with_seals

_SEAL_LINE = re.compile(r"^[ \t]*seal[ \t]*=[^\r\n]*(\r?\n|\Z)", re.MULTILINE)


def load_recipients(path: Path) -> dict[Kbo, RecipientSettings]:
    """By KBO, sorted, with their seals. Raises SettingsError for the first mistake: one sentence naming file, recipient
    and key."""
    recipients, seals = _read(path, parse_recipients), seals_path(path)
    return _read(seals, lambda text: with_seals(recipients, text)) if seals.exists() else recipients


def seals_path(path: Path) -> Path:
    """`recipients.seals.toml` beside `recipients.toml`."""
    return path.with_suffix(".seals.toml")


def _read(path: Path, parse: Callable[[str], dict[Kbo, RecipientSettings]]) -> dict[Kbo, RecipientSettings]:
    try:
        return parse(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}): set the recipients' settings") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8: save it as UTF-8") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def save_recipients(path: Path, recipients: Iterable[RecipientSettings]) -> None:
    """Write both files whole, for who keeps none by hand."""
    recipients = list(recipients)
    path.write_text(recipients_toml(recipients))
    _write(seals_path(path), seals_toml({each.kbo: each.seal for each in recipients}), path)


def write_seals(path: Path, seals: Mapping[Kbo, str]) -> None:
    """Add these seals to those on record; old seals in recipients.toml (`path`) move over first, as they are.

    Each file is replaced at once or not at all, with the owner and rights of recipients.toml. Raises SettingsError.
    """
    on_record = {kbo: each.seal for kbo, each in load_recipients(path).items()}
    text = path.read_bytes().decode()  # as bytes: line ends stay what they are
    if (stripped := without_seals(text)) != text:
        _write(seals_path(path), seals_toml(on_record), path)
        _write(path, stripped, path)
    _write(seals_path(path), seals_toml({**on_record, **seals}), path)


def without_seals(text: str) -> str:
    """The text of recipients.toml without its seals. Raises SettingsError where a seal is no line of its own."""
    stripped, expected = _SEAL_LINE.sub("", text), parse_recipients(text)
    sealed = [kbo for kbo, each in expected.items() if each.seal]
    if not sealed:
        return text
    if _parsed(stripped) != {kbo: replace(each, seal="") for kbo, each in expected.items()}:
        raise SettingsError(
            f"recipient {sealed[0]}: its table is not plain: remove seal from it by hand and seal again"
        )
    return stripped


def _parsed(text: str) -> object:
    try:
        return parse_recipients(text)
    except SettingsError:
        return None


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
