"""The recipients' settings (`recipients.toml`): host and form of each recipient's drops. One table per recipient:

    [recipient.0212214125]
    account = "ocmw-gent"
    folder = "/out"
    encryption = "/etc/gegevensdeling/keys/0212214125.asc"

A recipient gets drops in clear only with `encryption = "none"` written out, never by omission. `gegevensdeling seal`
writes the seals (pipeline/delivery/seal.py) into `recipients.seals.toml` beside that file; nothing is sent without a
seal. A seal of before, in the recipient's table, holds until `gegevensdeling seal` moves it there.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo

FORMATS = ("csv", "xlsx", "parquet")
NO_ENCRYPTION = "none"


@dataclass(frozen=True)
class RecipientSettings:
    """One recipient. Raises SettingsError, naming recipient and key, for any value that cannot be right.

    `connection`: the Airflow connection of the agency's host, or `drop_host_<kbo>` for a host of its own.
    `account`: the user name there; `folder`: the folder as that account sees it. `formats`: of each drop.
    `change_file`: whether each drop has one (pipeline/delivery/change_file.py).
    `encryption`: "none", or the absolute path of an OpenPGP public key. `seal`: as `gegevensdeling seal` wrote it.
    The days are an assumption, counted from publication. `mail`: the address for reminders of unfetched drops; "": the
    agency's log and page alone.

    `way_back`: the protocol's own word that this recipient may return what its parents say; "": it may not.
    `way_back_folder`: where it puts that, as the account sees it; "": `in`, beside `folder`.
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
    way_back: str = ""
    way_back_folder: str = ""
    change_file: bool = True
    seal: str = ""

    @property
    def key_file(self) -> Path | None:
        """Where the OpenPGP public key lies; None for drops in clear."""
        return None if self.encryption == NO_ENCRYPTION else Path(self.encryption)

    @property
    def folder_of_way_back(self) -> str:
        """ "" without a way back."""
        return (self.way_back_folder or way_back_beside(self.folder)) if self.way_back else ""

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
            value = getattr(self, key)
            is_plain = isinstance(value, str) and value.isprintable() and bool(value.strip())
            yield key, is_plain, "must be text without control characters, and not blank"
        formats = self.formats if isinstance(self.formats, tuple) else ()
        once = bool(formats) and all(formats.count(each) == 1 and each in FORMATS for each in formats)
        yield "formats", once, f"must be a list of one or more of {', '.join(FORMATS)}, each once"
        for key in ("remind_after_days", "expire_after_days"):
            yield key, type(getattr(self, key)) is int and getattr(self, key) >= 1, "must be a whole number from 1"
        later = self.expire_after_days > self.remind_after_days
        yield "expire_after_days", later, "must exceed remind_after_days"
        path = self.key_file
        yield "encryption", path is None or path.is_absolute(), 'must be "none", or the absolute path of an OpenPGP key'
        yield "mail", isinstance(self.mail, str) and bool(re.fullmatch(MAIL, self.mail)), "is not an e-mail address"
        for key in ("way_back", "way_back_folder"):
            value = getattr(self, key)
            is_plain = isinstance(value, str) and value.isprintable() and (value == value.strip())
            yield key, is_plain, "must be text without control characters or blanks around it"
        has_word = bool(self.way_back or not self.way_back_folder)
        yield "way_back", has_word, "is missing: write the protocol's own word for it, or remove way_back_folder"
        apart = not self.way_back or normpath(self.folder_of_way_back) != normpath(self.folder)
        yield "way_back_folder", apart, "must be another folder than folder"
        yield "change_file", type(self.change_file) is bool, "must be true or false"
        sealed = isinstance(self.seal, str) and bool(re.fullmatch(SEAL, self.seal) or not self.seal)
        yield "seal", sealed, "is not as `gegevensdeling seal` writes it: remove it and seal again"


def way_back_beside(folder: str) -> str:
    """The folder of the way back beside a folder of drops, where none is set."""
    above, slash, _ = folder.rstrip("/").rpartition("/")
    return f"{above}{slash}in" if folder.strip("/") else "/in"


MAIL = r"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
"""Nothing, or one plain address."""
SEAL = "[A-Za-z0-9._-]{1,64}:(none|[0-9a-f]{40}|[0-9a-f]{64})(:[A-Za-z0-9+/]{43})?:[0-9a-f]{64}"
"""The ledger key's id, the OpenPGP key's fingerprint, the signing key's (not in a seal of before), the keyed hash."""


def settings_of(recipients: Mapping[Kbo, RecipientSettings], kbo: Kbo) -> RecipientSettings:
    """Raises SettingsError for a recipient without settings: a default could send a drop to another's folder."""
    if kbo not in recipients:
        raise SettingsError(f"recipient {kbo}: has no settings: add a table [recipient.{kbo}]")
    return recipients[kbo]
