"""One suite per feed: which rules each has (DOMAIN: checks before the gate). Shares and ages are settings.

Papers and events may be absent from a small world, so their feeds may be empty unless they were not so last night.
"""

from dataclasses import replace

from expectations.rules import (
    Needs,
    Rule,
    append_only,
    contract,
    counted,
    filled,
    load,
    noes_known,
    none_lost,
    not_shrunk,
    recipients_known,
    share,
    steady,
    versions_kept,
)
from pipeline.core.settings import Settings

Suites = dict[str, tuple[Rule, ...]]

READ_WHOLE = {"recipient", "recipient_municipality", "local_team", "agreement", "protocol", "consent_text"}
"""The feeds that are read whole even for one recipient's delivery (sql/source/of_recipient/ narrows the others)."""


_IMPOSSIBLE = tuple(
    f"{feed}_impossible" for feed in ("parent", "residence", "child", "indicator_assessment", "consent_event")
)
"""Row checks of a parent, named after the feed of the row with the impossible value."""


def of_a_night(settings: Settings, compared: bool) -> Suites:
    """Every rule; those that need an earlier night only when there is one to be `compared` with."""
    return {
        feed: tuple(rule for rule in rules if compared or rule.needs is not Needs.EARLIER_NIGHT)
        for feed, rules in _all(settings).items()
    }


def of_a_delivery(settings: Settings) -> Suites:
    """Before one delivery: rules on what was read for it, and nothing missing from the feeds that were read whole.

    Rows may have come since the load: a paper ended in the meantime is what the re-check looks for.
    """
    return {
        feed: tuple(rule for rule in map(_may_have_grown, rules) if _fits_a_delivery(feed, rule))
        for feed, rules in _all(settings).items()
    }


def _may_have_grown(rule: Rule) -> Rule:
    return replace(rule, at_most=None) if rule.fact == "rows_surplus" else rule


def _fits_a_delivery(feed: str, rule: Rule) -> bool:
    return rule.needs is Needs.THE_ROWS or (rule.needs is Needs.WHOLE_FEED and feed in READ_WHOLE)


def _all(settings: Settings) -> Suites:
    loaded = load(settings)
    own = _of_recipients() | _of_families(settings) | _of_papers_and_consent(settings)
    suites = {feed: (*loaded, *contract(feed), *rules) for feed, rules in own.items()}
    return suites | {"feed_control": contract("feed_control")}


def _of_recipients() -> Suites:
    return {
        "recipient": (filled(), none_lost()),
        "recipient_municipality": (filled(), none_lost(), recipients_known()),
        "local_team": (filled(), none_lost()),
    }


def _of_families(settings: Settings) -> Suites:
    growing, quarantined = append_only(settings), settings.max_quarantined_share
    unknown = settings.max_unknown_municipality_share
    return {
        "family": (filled(), not_shrunk(settings)),
        "parent": (
            filled(),
            steady("parents", settings),
            share("quarantined_share", "quarantined", "parents set apart", quarantined),
            *counted("insz_form", "insz_modulo_97", "first_name_blank", "last_name_blank", "phone_form", "email_form"),
            *counted(*_IMPOSSIBLE),
        ),
        "residence": (
            filled(),
            *growing,
            share("unknown_municipality_share", "unknown_municipalities", "addresses in no known place", unknown),
            *counted("parent_unknown"),
        ),
        "child": (filled(), not_shrunk(settings)),
        "child_on_31_december": (not_shrunk(settings),),
        "indicator_assessment": (filled(), *growing, *counted("child_unknown")),
    }


def _of_papers_and_consent(settings: Settings) -> Suites:
    growing = append_only(settings)
    without = (f"grant_without_{what}" for what in ("text_version", "fields", "instant"))
    malformed = ("kind_unknown", *without, "field_outside_decree")
    return {
        "agreement": (*growing, recipients_known()),
        "protocol": (*growing, recipients_known()),
        "consent_text": (versions_kept(),),
        "consent_event": (
            *growing,
            steady("grants", settings),
            steady("withdrawals", settings),
            noes_known(settings),
            *counted(*malformed, "parent_unknown", "recipient_unknown"),
        ),
    }
