"""Municipalities, mergers, and the small things that several steps ask of a column."""

from pathlib import Path

import pandas as pd

REFERENCE = Path(__file__).parents[2] / "pipeline" / "reference"
FIELDS = ("address", "email", "name", "phone")
DECREE = r" *(?:name|address|phone|email) *(?:, *(?:name|address|phone|email) *)*"


def latest(rows: pd.DataFrame, key: str | list[str], order: list[str]) -> pd.DataFrame:
    return rows.sort_values(order).drop_duplicates(key, keep="last")


def lasts(until: pd.Series, day: pd.Timestamp) -> pd.Series:
    return until.isna() | (until >= day)


def is_blank(texts: pd.Series) -> pd.Series:
    return texts.fillna("").str.strip() == ""


def is_insz(numbers: pd.Series) -> pd.Series:
    """Eleven digits that pass modulo 97, with a 2 in front of the body for births from 2000 on."""
    formed = numbers.str.fullmatch("[0-9]{11}").fillna(False).astype(bool)
    digits = pd.to_numeric(numbers.where(formed, "0")).astype("int64")
    body, check = digits // 100, digits % 100
    return formed & ((97 - body % 97 == check) | (97 - (2_000_000_000 + body) % 97 == check))


def is_grant(events: pd.DataFrame) -> pd.Series:
    """A well-formed grant; all else is a no."""
    has_fields = events["fields"].str.fullmatch(DECREE).fillna(False).astype(bool)
    return (events["kind"] == "grant") & ~is_blank(events["text_version"]) & has_fields


def municipalities(day: pd.Timestamp) -> pd.DataFrame:
    current = "2025" if day.year >= 2025 else "2019_2024" if day.year >= 2019 else "2018"
    lists = [pd.read_csv(REFERENCE / f"municipalities_{name}.csv", dtype=str) for name in (current, "brussels")]
    return pd.concat(lists)[["nis", "naam"]].rename(columns={"nis": "nis_code", "naam": "municipality"})


def mergers(day: pd.Timestamp) -> pd.DataFrame:
    found = pd.read_csv(REFERENCE / "mergers.csv", dtype=str, parse_dates=["datum"])
    return found[found["datum"] <= day]


def serving(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Who serves which code on this day."""
    rows = rows[(rows["valid_from"] <= day) & lasts(rows["valid_until"], day)]
    return rows.drop_duplicates(["kbo", "nis_code"])[["kbo", "nis_code"]]


def current_homes(homes: pd.DataFrame, day: pd.Timestamp, now: pd.Timestamp) -> pd.DataFrame:
    """One home a parent, with today's municipality, missing where the code leads to none."""
    homes = homes[(homes["valid_from"] <= day) & (homes["recorded_at"] <= now)]
    homes = latest(homes, "parent_id", ["valid_from", "recorded_at"])
    codes = homes["nis_code"]
    for _, wave in mergers(day).groupby("datum"):  # a code merged twice goes to the last
        codes = codes.map(wave.set_index("oude_nis")["nieuwe_nis"]).fillna(codes)
    return homes.assign(nis_code=codes).merge(municipalities(day), "left", on="nis_code")
