"""The decision on every parent: one merge after the other, then the first reason that applies.

It is taken once: the benchmark's agency has no rows that are recorded ahead, for which the product would take it twice.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bench.plain.consent import with_consent
from bench.plain.feeds import Frames, sha256
from bench.plain.reference import DECREE, FIELDS, is_blank, is_insz, lasts, latest, mergers, serving

CRITERIA = ["income", "education", "employment", "stimulation", "housing", "health"]


@dataclass(frozen=True)
class Decided:
    """`parents`: the population with its home, outcome and reason. `covered`: who gets a drop, under which papers.

    `reported`: papers that would be in force but for one thing.
    """

    parents: pd.DataFrame
    covered: pd.DataFrame
    reported: pd.DataFrame


def decide(
    frames: Frames, homes: pd.DataFrame, day: pd.Timestamp, now: pd.Timestamp, child_age_limit: int, folder: Path
) -> Decided:
    """`homes`: as of `current_homes`. Writes `folder`/decisions.parquet: parent_id, outcome, kbo, reason, fields."""
    shaped_on, served_by = _territory(frames, day)
    agreements = _papers(frames["agreement"], "agreement_id", shaped_on, day, now)
    protocols = _papers(frames["protocol"], "protocol_id", shaped_on, day, now)
    agreements, protocols = _sound_agreements(agreements), _sound_protocols(protocols, day)
    parents = (
        _parents(frames, homes, day, now)
        .merge(_need(frames, day, now, child_age_limit), on="family_id")
        .merge(served_by, "left", on="nis_code")
        .merge(_agreement_terms(agreements), "left", on=["kbo", "local_team_id"])
        .merge(_protocol_terms(protocols), "left", on="kbo")
    )
    parents = _judged(with_consent(parents, frames, day, now))
    folder.mkdir(parents=True)
    path = folder / "decisions.parquet"
    parents[["parent_id", "outcome", "kbo", "reason", "fields"]].sort_values("parent_id").to_parquet(path, index=False)
    (folder / "sha256.txt").write_text(sha256(path), "utf-8")
    return Decided(parents, _covered(frames["recipient"], agreements, protocols), _reported(agreements, protocols))


def _territory(frames: Frames, day: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Since when each recipient's territory is what it is; and the one recipient of each municipality."""
    serves = serving(frames["recipient_municipality"], day)
    shaped = serves.merge(mergers(day), left_on="nis_code", right_on="nieuwe_nis").groupby("kbo")["datum"].max()
    alone = serves[~serves["nis_code"].duplicated(keep=False)]
    return shaped.rename("shaped_on").reset_index(), alone[alone["kbo"].isin(frames["recipient"]["kbo"])]


def _papers(
    rows: pd.DataFrame, key: str, shaped_on: pd.DataFrame, day: pd.Timestamp, now: pd.Timestamp
) -> pd.DataFrame:
    """The latest version of each paper that is signed, has begun and has not ended."""
    rows = latest(rows[rows["recorded_at"] <= now], key, ["recorded_at"]).merge(shaped_on, "left", on="kbo")
    has_ended = ~lasts(rows["valid_until"], day) | ~lasts(rows["ended_on"], day)
    rows = rows[(rows["signed_on"] <= day) & (rows["valid_from"] <= day) & ~has_ended]
    return rows.assign(suits_territory=rows["shaped_on"].isna() | (rows["valid_from"] >= rows["shaped_on"]))


def _sound_agreements(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.fillna({"min_criteria": 3})
    is_sound = rows["min_criteria"].between(1, 6).astype(bool)
    return rows.assign(is_sound=is_sound, in_force=rows["suits_territory"] & is_sound)


def _sound_protocols(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    rows = rows[(rows["legal_basis"] == "decree-2022-02-04") & (rows["kind"] == "protocol")]
    is_sound = rows["fields"].str.fullmatch(DECREE).astype(bool) | is_blank(rows["fields"])
    is_published = ~is_blank(rows["published_url"]) & ~is_blank(rows["recipient_published_url"])
    is_advised = (rows["dpo_advice_on"] <= day) & (rows["recipient_dpo_advice_on"] <= day)
    return rows.assign(is_sound=is_sound, in_force=rows["suits_territory"] & is_sound & is_published & is_advised)


def _agreement_terms(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["in_force"]].groupby(["kbo", "local_team_id"], as_index=False)[["min_criteria"]].max()


def _protocol_terms(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["in_force"]]
    named = {f"may_{field}": rows["fields"].str.contains(field) for field in FIELDS}
    return rows[["kbo"]].assign(has_protocol=True, **named).groupby("kbo", as_index=False).all()


def _covered(recipients: pd.DataFrame, agreements: pd.DataFrame, protocols: pd.DataFrame) -> pd.DataFrame:
    """Who gets a drop, rows or none: each recipient with an agreement and a protocol in force."""
    agreed, public = (rows[rows["in_force"]].groupby("kbo") for rows in (agreements, protocols))
    papers = recipients[["kbo", "name"]].merge(agreed["agreement_id"].agg(sorted).rename("agreements"), on="kbo")
    papers = papers.merge(public["protocol_id"].agg(sorted).rename("protocols"), on="kbo")
    return papers.merge(public["retention_days"].min(), on="kbo").sort_values("kbo")


def _reported(agreements: pd.DataFrame, protocols: pd.DataFrame) -> pd.DataFrame:
    papers = pd.concat(
        [
            agreements.rename(columns={"agreement_id": "id"}).assign(paper="agreement"),
            protocols.rename(columns={"protocol_id": "id"}).assign(paper="protocol"),
        ]
    )
    papers = papers[~(papers["suits_territory"] & papers["is_sound"])]
    state = papers["is_sound"].map({True: "to_be_renewed", False: "error"})
    return papers.assign(state=state)[["paper", "id", "kbo", "state"]].sort_values(["paper", "id"])


def _parents(frames: Frames, homes: pd.DataFrame, day: pd.Timestamp, now: pd.Timestamp) -> pd.DataFrame:
    parents = frames["parent"]
    is_protected = parents["parent_id"].isin(_protected(frames["residence"], homes, day, now))
    parents = parents.assign(is_protected=is_protected.groupby(parents["family_id"]).transform("any"))
    homes = homes.assign(nis_code=homes["nis_code"].where(homes["municipality"].notna()))
    homes = homes.drop(columns=["valid_from", "recorded_at"])
    parents = parents.merge(homes, "left", on="parent_id").merge(frames["family"], "left", on="family_id")
    return parents.assign(
        is_dead=parents["deceased_on"] <= day,
        is_unsound=is_blank(parents["first_name"])
        | is_blank(parents["last_name"])
        | (parents["insz"].notna() & ~is_insz(parents["insz"])),
    )


def _protected(rows: pd.DataFrame, homes: pd.DataFrame, day: pd.Timestamp, now: pd.Timestamp) -> pd.Series:
    """Whose home is protected, or who has a protected address that has begun and was recorded after the home."""
    begun = rows[rows["confidential"] & (rows["valid_from"] <= day) & (rows["recorded_at"] <= now)]
    both = begun.merge(homes, on="parent_id", suffixes=("", "_of_home"))
    return both[both["confidential_of_home"] | (both["recorded_at"] > both["recorded_at_of_home"])]["parent_id"]


def _need(frames: Frames, day: pd.Timestamp, now: pd.Timestamp, child_age_limit: int) -> pd.DataFrame:
    """The population's families: the most weak criteria of any young child in its latest valid assessment."""
    children = frames["child"][["child_id", "family_id", "birth_date"]]
    children = children[children["birth_date"] > day - pd.DateOffset(years=child_age_limit)]
    both = children.merge(frames["indicator_assessment"], on="child_id")
    in_time = (both["assessed_on"] >= both["birth_date"]) & (both["assessed_on"] <= day) & (both["recorded_at"] <= now)
    both = both[both[CRITERIA].notna().any(axis=1) & in_time]
    both = latest(both, "child_id", ["assessed_on", "recorded_at", "assessment_id"])
    return both.assign(weak=both[CRITERIA].sum(axis=1)).groupby("family_id", as_index=False)[["weak"]].max()


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    """Outcome, first reason and allowed fields of each parent; an unknown is never in its favour."""
    may = {one: _is_true(rows[f"may_{one}"]) & _is_true(rows["consented"].str.contains(one)) for one in FIELDS}
    has_address = ~is_blank(rows["street"]) & ~is_blank(rows["postal_code"])
    reachable = (
        (may["address"] & has_address)
        | (may["phone"] & ~is_blank(rows["phone"]))
        | (may["email"] & ~is_blank(rows["email"]))
    )
    reasons = {
        "quarantined": rows["is_unsound"],
        "deceased": rows["is_dead"],
        "no_residence": rows["nis_code"].isna(),
        "confidential_address": rows["is_protected"],
        "not_served": rows["kbo"].isna(),
        "no_agreement": rows["min_criteria"].isna(),
        "no_need": ~_is_true(rows["weak"] >= rows["min_criteria"]),
        "no_protocol": ~_is_true(rows["has_protocol"]),
        "no_consent": ~_is_true(rows["has_spoken"]),
        "withdrawn": ~_is_true(rows["grant_holds"]),
        "consent_expired": ~_is_true(rows["has_not_expired"]),
        "text_not_accepted": ~_is_true(rows["has_text"]),
        "fields": ~(may["name"] & reachable),
    }
    reason = pd.Series(None, index=rows.index, dtype="str").case_when([(hit, name) for name, hit in reasons.items()])
    released = reason.isna()
    fields = pd.Series("", index=rows.index, dtype="str")
    for field in FIELDS:
        fields = fields.where(~may[field], fields + f",{field}")
    unplaced = reason.isin(list(reasons)[:5])
    return rows.assign(
        outcome=released.map({True: "released", False: "withheld"}),
        reason=reason,
        kbo=rows["kbo"].where(~unplaced),
        fields=fields.str[1:].where(released),
        has_address=has_address,
    )


def _is_true(values: pd.Series) -> pd.Series:
    return values.astype("boolean").fillna(False).astype(bool)
