"""What each parent said to the recipient where it lives: the grant that is looked at, and the noes that count."""

import pandas as pd

from bench.plain.feeds import Frames
from bench.plain.reference import is_grant, lasts, latest, municipalities, serving

LATER = ["since", "recorded_at"]


def with_consent(parents: pd.DataFrame, frames: Frames, day: pd.Timestamp, now: pd.Timestamp) -> pd.DataFrame:
    """`parents`, with the recipient in `kbo`, and for each whether it spoke, and how its grant stands.

    A grant holds when it occurred and was recorded later than every no, so when it is later than the latest of either.
    """
    persons = _persons(frames["parent"])
    events = frames["consent_event"]
    events = events[events["recorded_at"] <= now].merge(persons, on="parent_id")
    granted = is_grant(events)
    grants, noes = _looked_at(events[granted], now), _counting(events[~granted], now)
    is_placed = (noes["kind"] == "grant") | noes["kbo"].isin(_placed(frames, day))
    rows = parents.merge(persons, on="parent_id").merge(grants, "left", on=["parent_id", "kbo"])
    rows = rows.merge(_latest_no(noes[is_placed], ["person", "kbo"], "to_one"), "left", on=["person", "kbo"])
    rows = rows.merge(_latest_no(noes[~is_placed], ["person"], "to_all"), "left", on="person")
    no = pd.DataFrame({name: rows[[f"{name}_to_one", f"{name}_to_all"]].max(axis=1) for name in LATER})
    said_no, has_grant = no["since"].notna(), rows["event_id"].notna()
    is_later = (rows["occurred_at"] > no["since"]) & (rows["recorded_at"] > no["recorded_at"])
    return rows.assign(
        has_spoken=has_grant | said_no,
        grant_holds=has_grant & (~said_no | is_later),
        has_not_expired=lasts(rows["valid_until"], day),
        has_text=rows["text_version"].isin(_accepted(frames["consent_text"], day)),
    )


def _persons(parents: pd.DataFrame) -> pd.DataFrame:
    """Rows whose INSZ has the same digits are about one person; a row without digits is about a person of its own."""
    digits = parents["insz"].str.replace("[^0-9]", "", regex=True)
    own = "row " + parents["parent_id"].astype("str")
    return parents[["parent_id"]].assign(person=digits.where(digits.notna() & (digits != ""), own))


def _looked_at(grants: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    grants = latest(
        grants[grants["occurred_at"] <= now], ["parent_id", "kbo"], ["occurred_at", "recorded_at", "event_id"]
    )
    columns = ["parent_id", "kbo", "event_id", "occurred_at", "recorded_at", "valid_until", "text_version", "fields"]
    return grants[columns].rename(columns={"fields": "consented"})


def _counting(noes: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """A no counts from the earlier of when it occurred and when it was recorded."""
    noes = noes.assign(since=noes[["occurred_at", "recorded_at"]].min(axis=1))
    return noes[noes["since"] <= now]


def _placed(frames: Frames, day: pd.Timestamp) -> pd.Series:
    """Who serves a municipality of this day; a withdrawal from anybody else is one from everyone."""
    serves = serving(frames["recipient_municipality"], day)
    is_registered = serves["kbo"].isin(frames["recipient"]["kbo"])
    return serves[is_registered & serves["nis_code"].isin(municipalities(day)["nis_code"])]["kbo"]


def _latest_no(noes: pd.DataFrame, key: list[str], to_whom: str) -> pd.DataFrame:
    return noes.groupby(key)[LATER].max().add_suffix(f"_{to_whom}").reset_index()


def _accepted(texts: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    return texts[(texts["accepted_from"] <= day) & lasts(texts["accepted_until"], day)]["text_version"]
