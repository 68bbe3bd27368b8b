"""The checks before the gate: counts with pandas, and Great Expectations on the frames themselves."""

import json
import os
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "False"  # before the import, which may read it

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
from great_expectations.data_context.types.base import ProgressBarsConfig as Bars
from great_expectations.expectations.expectation import Expectation

from bench.plain.feeds import Frames, Read
from bench.plain.reference import DECREE, is_blank, is_insz
from pipeline.core.feeds import FEEDS
from pipeline.core.settings import Settings

PHONE = r"^(?:0[1-9][0-9]{7,8}|(?:\+|00)[1-9][0-9]{7,14})$"
EMAIL = r"^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$"
KINDS = ["grant", "withdrawal"]
MAY_BE_EMPTY = {"child_on_31_december", "agreement", "protocol", "consent_text", "consent_event", "feed_control"}
Counts = dict[str, float]


def check(read: Read, homes: pd.DataFrame, now: pd.Timestamp, settings: Settings, folder: Path) -> Counts:
    """Raises SystemExit when the night may not go on; leaves the findings and a watermark in `folder`."""
    frames = read.frames
    broken = [
        *_control(frames, now, settings),
        *(f"{feed}.{name} unparsable" for feed, counts in read.unparsable.items() for name, n in counts.items() if n),
        *_unkeyed(frames),
        *_unknown_recipients(frames),
    ]
    phones = _bare(frames["parent"]["phone"])
    findings = _parents(frames["parent"]) | _contacts(phones, frames["parent"]["email"])
    findings |= _events(frames) | _strays(frames)
    shares = _shares(frames["parent"], homes)
    findings |= {name: failing for name, (failing, _) in shares.items()}
    broken += _over(shares, settings)
    broken += _unexpected(frames | {"parent": frames["parent"].assign(phone=phones)}, settings)
    if broken:
        raise SystemExit(f"nothing may be released: {'; '.join(broken)}")
    folder.mkdir(parents=True)
    (folder / "findings.json").write_text(json.dumps(findings, indent=2), "utf-8")
    _watermark(frames, folder)
    return findings


def _control(frames: Frames, now: pd.Timestamp, settings: Settings) -> list[str]:
    """The agency's own load: of each feed one complete row, the right count, of last night and not of tomorrow."""
    control = frames["feed_control"].dropna().set_index("feed")
    feeds = [name for name in FEEDS if name != "feed_control"]
    read = pd.Series({name: len(frames[name]) for name in feeds})
    once = control.index.value_counts().reindex(feeds, fill_value=0) == 1
    control = control[~control.index.duplicated()].reindex(feeds)
    age = (now - control["produced_at"]).dt.total_seconds()
    empty = (read == 0) & ~read.index.isin(MAY_BE_EMPTY)
    sound = once & (control["row_count"] == read) & ~empty
    in_time = (age <= settings.max_feed_age_hours * 3600) & (age >= -settings.max_clock_skew_minutes * 60)
    return [f"{feed} is not whole, or not of last night" for feed in sound.index[~(sound & in_time).fillna(False)]]


def _unkeyed(frames: Frames) -> list[str]:
    keys = {name: frames[name][list(feed.key)] for name, feed in FEEDS.items()}
    return [f"{name}: key used twice" for name, key in keys.items() if key.duplicated().any()]


def _unknown_recipients(frames: Frames) -> list[str]:
    known = frames["recipient"]["kbo"]
    feeds = ("agreement", "protocol", "recipient_municipality")
    return [f"{name}: recipient unknown" for name in feeds if not frames[name]["kbo"].isin(known).all()]


def _parents(parents: pd.DataFrame) -> Counts:
    insz = parents["insz"].dropna()
    malformed = ~insz.str.fullmatch("[0-9]{11}")
    return {
        "insz_form": int(malformed.sum()),
        "insz_modulo_97": int((~is_insz(insz) & ~malformed).sum()),
        "first_name_blank": int(is_blank(parents["first_name"]).sum()),
        "last_name_blank": int(is_blank(parents["last_name"]).sum()),
    }


def _bare(phones: pd.Series) -> pd.Series:
    return phones.str.replace("(0)", "", regex=False).str.replace("[ ./()-]", "", regex=True)


def _contacts(phones: pd.Series, emails: pd.Series) -> Counts:
    """Of those that are not blank: how many have no known form."""
    phones, emails = phones[~is_blank(phones)], emails[~is_blank(emails)]
    return {
        "phone_form": int((~phones.str.match(PHONE)).sum()),
        "email_form": int((~emails.str.match(EMAIL)).sum()),
    }


def _events(frames: Frames) -> Counts:
    events = frames["consent_event"]
    is_grant = events["kind"] == "grant"
    has_fields = ~is_blank(events["fields"])
    return {
        "kind_unknown": int((~events["kind"].isin(KINDS)).sum()),
        "grant_without_text_version": int((is_grant & is_blank(events["text_version"])).sum()),
        "grant_without_fields": int((is_grant & ~has_fields).sum()),
        "field_outside_decree": int((~events["fields"][has_fields].str.fullmatch(DECREE)).sum()),
    }


def _strays(frames: Frames) -> Counts:
    def unknown(feed: str, column: str, among: str) -> int:
        return int((~frames[feed][column].isin(frames[among][column])).sum())

    return {
        "residence_parent_unknown": unknown("residence", "parent_id", "parent"),
        "assessment_child_unknown": unknown("indicator_assessment", "child_id", "child"),
        "event_parent_unknown": unknown("consent_event", "parent_id", "parent"),
        "event_recipient_unknown": unknown("consent_event", "kbo", "recipient"),
    }


def _shares(parents: pd.DataFrame, homes: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """How many fail, of how many: parents set apart, and homes in no known municipality."""
    is_sound = parents["insz"].isna() | is_insz(parents["insz"])
    is_named = ~is_blank(parents["first_name"]) & ~is_blank(parents["last_name"])
    return {
        "quarantined": (int((~(is_sound & is_named)).sum()), len(parents)),
        "unknown_municipality": (int(homes["municipality"].isna().sum()), len(homes)),
    }


def _over(shares: dict[str, tuple[int, int]], settings: Settings) -> list[str]:
    least = settings.min_rows_for_shares
    return [
        f"{failing} of {of} rows {name}"
        for name, (failing, of) in shares.items()
        if of >= least and failing / of > getattr(settings, f"max_{name}_share")
    ]


def _unexpected(frames: Frames, settings: Settings) -> list[str]:
    """What Great Expectations does not find in the frames."""
    in_memory = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            analytics_enabled=False, progress_bars=Bars(globally=False), store_backend_defaults=in_memory
        ),
    )
    source = context.data_sources.add_pandas("agency")
    control = frames["feed_control"].set_index("feed")["row_count"]
    broken = []
    for name, frame in frames.items():
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("night")
        suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=_suite(name, control, settings)))
        rule = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        result = rule.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
        broken += [
            f"{name}: {one.expectation_config and one.expectation_config.type}"
            for one in result.results
            if not one.success
        ]
    return broken


def _suite(name: str, control: "pd.Series[int]", settings: Settings) -> list[Expectation]:
    """Row checks only count, so they expect no share (mostly=0) but that of INSZ."""
    feed = FEEDS[name]
    filled = [gxe.ExpectColumnValuesToNotBeNull(column=one) for one in feed.columns if one not in feed.nullable]
    if len(feed.key) == 1:
        unique: Expectation = gxe.ExpectColumnValuesToBeUnique(column=feed.key[0])
    else:
        unique = gxe.ExpectCompoundColumnsToBeUnique(column_list=list(feed.key))
    counted = [gxe.ExpectTableRowCountToEqual(value=int(control[name]))] if name in control else []
    own: dict[str, list[Expectation]] = {
        "parent": [
            gxe.ExpectColumnValuesToMatchRegex(
                column="insz", regex="^[0-9]{11}$", mostly=1 - settings.max_quarantined_share
            ),
            gxe.ExpectColumnValuesToMatchRegex(column="phone", regex=PHONE, mostly=0),
            gxe.ExpectColumnValuesToMatchRegex(column="email", regex=EMAIL, mostly=0),
        ],
        "consent_event": [gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=KINDS, mostly=0)],
    }
    return [*filled, unique, *counted, *own.get(name, [])]


def _watermark(frames: Frames, folder: Path) -> None:
    """A hash of every row of the feeds that only grow, and tonight's counts, for the next night to compare with."""
    grown = [name for name, feed in FEEDS.items() if feed.append_only]
    hashes = {name: pd.util.hash_pandas_object(frames[name], index=False) for name in grown}
    watermark = pd.concat([pd.DataFrame({"feed": name, "row_hash": one}) for name, one in hashes.items()])
    watermark.sort_values("row_hash").to_parquet(folder / "watermark.parquet", index=False)
    kinds = frames["consent_event"]["kind"].value_counts()
    counts = {name: len(frame) for name, frame in frames.items()} | {kind: int(kinds.get(kind, 0)) for kind in KINDS}
    (folder / "counts.json").write_text(json.dumps(counts), "utf-8")
