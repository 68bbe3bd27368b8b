"""Seals written into recipients.toml, which a person keeps by hand: every other character stays as it was."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import parse_recipients


def write_seals(path: Path, seals: Mapping[Kbo, str]) -> None:
    """Put these seals into the file, at once or not at all; its owner and rights stay. Raises as `with_seals` does."""
    real = path.resolve()  # a link stays a link
    text = with_seals(real.read_bytes().decode(), seals)  # as bytes: line ends stay what they are
    part = real.with_name(f".{real.name}.part")
    try:
        part.write_bytes(text.encode())
        shutil.copymode(real, part)
        os.chown(part, real.stat().st_uid, real.stat().st_gid)
        part.replace(real)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror}): nothing was sealed") from None
    finally:
        part.unlink(missing_ok=True)


def with_seals(text: str, seals: Mapping[Kbo, str]) -> str:
    """The file's text with these seals.

    Raises SettingsError, with the line to write by hand, for a table that does not begin with `[recipient.<kbo>]`.
    """
    before = parse_recipients(text)
    for kbo, seal in seals.items():
        text = _with_seal(text, kbo, seal)
        before[kbo] = replace(before[kbo], seal=seal)
        if _parsed(text) != before:
            raise SettingsError(f'recipient {kbo}: its table is not plain: write seal = "{seal}" in it by hand')
    return text


def _with_seal(text: str, kbo: Kbo, seal: str) -> str:
    """Wrong only for text that its caller then refuses."""
    name = rf'[ \t]*recipient[ \t]*\.[ \t]*"?{kbo}"?[ \t]*'
    header = re.search(rf"^[ \t]*\[{name}\][^\r\n]*(\r?\n|\Z)", text, re.MULTILINE)
    if not header:
        return text
    after = re.compile(r"^[ \t]*\[", re.MULTILINE).search(text, header.end())
    body = text[header.end() : after.start() if after else len(text)]
    line = re.search(r"""^[ \t]*seal[ \t]*=[ \t]*("[^"\r\n]*"|'[^'\r\n]*')""", body, re.MULTILINE)
    if line:
        start, end = header.end() + line.start(1), header.end() + line.end(1)
        return f'{text[:start]}"{seal}"{text[end:]}'
    # Right under the header: whatever else the table holds, a line fits there.
    return f'{text[: header.end()]}seal = "{seal}"{header[1] or os.linesep}{text[header.end() :]}'


def _parsed(text: str) -> object:
    try:
        return parse_recipients(text)
    except SettingsError:
        return None
