"""Dates, fields and lists as the agency's people and parents read them. Pure."""

from collections.abc import Iterable
from datetime import date, datetime

from pipeline.core.local_time import in_brussels, local_day
from pipeline.core.model import Field, Kbo

FIELDS = {Field.NAME: "naam", Field.ADDRESS: "adres", Field.PHONE: "telefoon", Field.EMAIL: "e-mail"}
"""In the order in which a reader expects them."""

_MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)


def day(on: date | None, otherwise: str = "-") -> str:
    """15 juni 2026."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}" if on else otherwise


def short_day(on: date | None) -> str:
    """15/06/2026, for tables."""
    return f"{on:%d/%m/%Y}" if on else "-"


def short_instant(at: datetime | None, otherwise: str = "-") -> str:
    """15/06/2026 03.30, in Brussels, for tables."""
    return f"{in_brussels(at):%d/%m/%Y %H.%M}" if at else otherwise


def instant(at: datetime | None, otherwise: str = "-") -> str:
    """15 juni 2026 om 3.30 uur, in Brussels."""
    if at is None:
        return otherwise
    local = in_brussels(at)
    return f"{day(local_day(at))} om {local.hour}.{local.minute:02} uur"


def clock_instant(at: datetime | None) -> str:
    """15/06/2026 om 03:30, in Brussels; empty for None."""
    return f"{in_brussels(at):%d/%m/%Y om %H:%M}" if at else ""


def fields(names: Iterable[str]) -> str:
    """naam, adres; only the decree's words are shown, since a malformed row may hold any text."""
    listed = list(names)
    known = [dutch for field, dutch in FIELDS.items() if field in listed]
    return ", ".join(known + ["(onbekend)"] * (not set(listed) <= set(Field))) or "geen"


def kbo(number: Kbo | str) -> str:
    """0212.214.125."""
    return f"{number[:4]}.{number[4:7]}.{number[7:]}"


def recipient(number: Kbo | str, name: str | None) -> str:
    """OCMW Gent (KBO 0212.214.125)."""
    return f"{name} (KBO {kbo(number)})" if name else f"KBO {kbo(number)}"


def count(number: int, one: str, more: str) -> str:
    """1 levering, 2 leveringen."""
    return f"{number} {one if number == 1 else more}"


def thousands(number: int) -> str:
    """1.234."""
    return f"{number:,}".replace(",", ".")


def both(parts: Iterable[str]) -> str:
    """a, b en c."""
    *first, last = parts
    return f"{', '.join(first)} en {last}" if first else last
