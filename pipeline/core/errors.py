"""One tree of errors with two branches, which is all that Airflow's retry policy needs to know.

An error's text goes to logs and to the UI: it names the feed or recipient, the rule, the count and
the remedy, and never a value of a person.
"""


class PipelineError(Exception):
    """Any failure that this pipeline foresees."""


class TransientError(PipelineError):
    """May pass by itself (network, load, a full disk): Airflow retries with backoff."""


class TerminalError(PipelineError):
    """A person must act first (key, permission, settings, a bad feed): the task fails at once."""


class FeedError(TerminalError):
    """The agency's data cannot be trusted tonight: nothing may be published."""


class SettingsError(TerminalError):
    """A setting, connection, key or recipient's entry is missing or contradictory."""


class AgencyUnreachable(TransientError):
    """The agency's database does not answer."""


class LedgerUnavailable(TransientError):
    """The ledger cannot be read or written: no ledger, no drop."""


class LedgerConflict(TransientError):
    """Another task delivers to this recipient, or moved its delivery on: this one looks again later."""


class DeliveryTransient(TransientError):
    """The recipient's host failed in a way that may pass."""


class DeliveryRefused(TerminalError):
    """The recipient's host, key, account or folder refuses, or is not the pinned one."""
