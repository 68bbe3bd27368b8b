"""The recipients' settings (`recipients.toml`): host and form of each recipient's drops. One table per recipient:

    [recipient.0212214125]
    account = "ocmw-gent"
    folder = "/out"
    encryption = "/etc/gegevensdeling/keys/0212214125.asc"

A recipient gets drops in clear only with `encryption = "none"` written out, never by omission. `gegevensdeling seal`
writes the seals (pipeline/delivery/seal.py) into `recipients.seals.toml` beside that file; nothing is sent without a
seal. A seal of before, in the recipient's table, holds until `gegevensdeling seal` moves it there.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo

FORMATS = ("csv", "xlsx", "parquet")
NO_ENCRYPTION = "none"


@dataclass(frozen=True)
class RecipientSettings:
    """One recipient. Raises SettingsError, naming recipient and key, for any value that cannot be right.

    `connection`: the Airflow connection of the agency's host, or `drop_host_<kbo>` for a host of its own.
    `account`: the user name there; `folder`: the folder as that account sees it. `formats`: of each drop.
    `encryption`: "none", or the absolute path of an OpenPGP public key. `seal`: as `gegevensdeling seal` wrote it.
    The days are an assumption, counted from publication. `mail`: the address for reminders of unfetched drops; "": the
    agency's log and page alone.
    """

    kbo: Kbo
    account: str
    folder: str
    encryption: str
    connection: str = "drop_host"
    formats: tuple[str, ...] = ("csv",)
    remind_after_days: int = 3
    expire_after_days: int = 14
    mail: str = ""
    seal: str = ""

    @property
    def key_file(self) -> Path | None:
        """Where the OpenPGP public key lies; None for drops in clear."""
        return None if self.encryption == NO_ENCRYPTION else Path(self.encryption)

    @property
    def sealed_key(self) -> str:
        """The fingerprint of the OpenPGP key that was sealed (pipeline/delivery/seal.py); "" without a seal."""
        return self.seal.split(":")[1] if self.seal else ""

    def __post_init__(self) -> None:
        for key, is_right, remedy in self._rules():
            if not is_right:
                raise SettingsError(f"recipient {self.kbo}: {key} {remedy}")

    def _rules(self) -> Iterable[tuple[str, bool, str]]:
        """Key, whether its value is right, and the remedy; in this order: a later rule relies on an earlier."""
        own = f"drop_host_{self.kbo}"
        yield "kbo", bool(re.fullmatch("[01][0-9]{9}", self.kbo)), "is not 10 digits of which the first is 0 or 1"
        yield "connection", self.connection in ("drop_host", own), f"must be drop_host, or {own} for its own host"
        for key in ("account", "folder", "encryption"):
            yield key, _is_plain(getattr(self, key)), "must be text without control characters, and not blank"
        yield "formats", _are_formats(self.formats), f"must be a list of one or more of {', '.join(FORMATS)}, each once"
        for key in ("remind_after_days", "expire_after_days"):
            yield key, type(getattr(self, key)) is int and getattr(self, key) >= 1, "must be a whole number from 1"
        yield (
            "expire_after_days",
            self.expire_after_days > self.remind_after_days,
            "must exceed remind_after_days",
        )
        path = self.key_file
        yield "encryption", path is None or path.is_absolute(), 'must be "none", or the absolute path of an OpenPGP key'
        yield "mail", isinstance(self.mail, str) and bool(re.fullmatch(MAIL, self.mail)), "is not an e-mail address"
        sealed = isinstance(self.seal, str) and bool(re.fullmatch(SEAL, self.seal) or not self.seal)
        yield "seal", sealed, "is not as `gegevensdeling seal` writes it: remove it and seal again"


MAIL = r"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
"""Nothing, or one plain address."""
SEAL = "[A-Za-z0-9._-]{1,64}:(none|[0-9a-f]{40}|[0-9a-f]{64}):[0-9a-f]{64}"
"""The ledger key's id, the OpenPGP key's fingerprint, and the keyed hash."""
_KEYS = {field.name: field.default is MISSING for field in fields(RecipientSettings) if field.name != "kbo"}
"""Each key of a recipient's table, and whether it must be there."""


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and bool(value.strip())


def _are_formats(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(value.count(f) == 1 and f in FORMATS for f in value)


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


def settings_of(recipients: Mapping[Kbo, RecipientSettings], kbo: Kbo) -> RecipientSettings:
    """Raises SettingsError for a recipient without settings: a default could send a drop to another's folder."""
    if kbo not in recipients:
        raise SettingsError(f"recipient {kbo}: has no settings: add a table [recipient.{kbo}]")
    return recipients[kbo]


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
