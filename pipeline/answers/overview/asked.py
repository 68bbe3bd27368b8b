"""What an overview is asked: which day, and with what knowledge. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pipeline.answers.overview.model import DECREE_DAY
from pipeline.core.errors import SettingsError
from pipeline.core.model import BRUSSELS


@dataclass(frozen=True)
class Asked:
    """`ledger_since`: the ledger's first line, as known. Before its day, and after `known_at`'s, no drop is known."""

    as_of: date
    known_at: datetime
    window_days: int
    ledger_since: datetime | None

    @property
    def ledger_begins(self) -> date | None:
        """The local day of the ledger's first line."""
        return self.ledger_since.astimezone(BRUSSELS).date() if self.ledger_since else None

    @property
    def known_until(self) -> date:
        """The local day of `known_at`: as far as it went, that day is known too."""
        return self.known_at.astimezone(BRUSSELS).date()

    def knows_drops_on(self, day: date) -> bool:
        return self.ledger_begins is not None and self.ledger_begins <= day <= self.known_until

    def is_in_window(self, night: date) -> bool:
        """Whether a drop of that night makes for exchanging on the day."""
        return self.window_begins <= night <= self.as_of

    @property
    def window_begins(self) -> date:
        """The first night of the window that ends with the day."""
        return self.as_of - timedelta(days=min(self.window_days, self.as_of.toordinal()) - 1)


def end_of(day: date) -> datetime:
    """The day's last instant in Brussels."""
    return datetime.combine(day, time.max, BRUSSELS)


def month_ends(as_of: date) -> Iterator[date]:
    """The last day of each month from March 2022 on, `as_of` in place of its own month's; none before the decree."""
    year, month = DECREE_DAY.year, DECREE_DAY.month
    while as_of >= DECREE_DAY and (year, month) <= (as_of.year, as_of.month):
        yield min(as_of, date(year, month, monthrange(year, month)[1]))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def day_of(text: str) -> date:
    """Raises SettingsError for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError("--as-of is not a day: write it as 2026-06-15") from None


def refuse_the_future(as_of: date, known_at: datetime, now: datetime) -> None:
    """Nothing is known of days to come. Raises SettingsError; `known_at` and `now` are aware."""
    today = now.astimezone(BRUSSELS).date()
    if as_of > today:
        raise SettingsError(f"--as-of {as_of} is in the future: an overview can be made up to today, {today}")
    if known_at > now:
        raise SettingsError(f"--known-at {known_at.isoformat()} is in the future: leave it out for what is known now")
