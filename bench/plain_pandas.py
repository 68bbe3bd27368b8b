"""The drops as an analyst would make them with pandas: read every table, merge, filter, one CSV a recipient.

Whole columns throughout, no row at a time. Dates and instants stay text, which sorts and compares as it should and is
faster than parsing them. No checks, no manifests, no references, and no reason for who is withheld.
"""

import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from bench.timing import timed

REFERENCE = Path(__file__).parents[1] / "pipeline" / "reference"
FIELDS = ("name", "address", "phone", "email")
CRITERIA = ["income", "education", "employment", "stimulation", "housing", "health"]
DECREE = r" *(?:name|address|phone|email) *(?:, *(?:name|address|phone|email) *)*"
HEADERS = {
    "first_name": "voornaam",
    "last_name": "achternaam",
    "street": "straatnaam",
    "house_number": "huisnummer",
    "box_number": "busnummer",
    "postal_code": "postcode",
    "municipality": "gemeentenaam",
    "phone": "telefoon",
    "email": "e-mail",
}


def run(agency: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    day, instant = now.astimezone(ZoneInfo("Europe/Brussels")).date().isoformat(), f"{now:%Y-%m-%d %H:%M:%S}+00:00"
    with sqlite3.connect(f"file:{agency}?mode=ro", uri=True) as connection:
        territory, served_by = _territory(connection, day)
        agreements = _agreements(connection, territory, day, instant)
        protocols = _protocols(connection, territory, day, instant)
        parents = _parents(connection, day, instant).merge(served_by, on="nis_code")
        rows = (
            parents.merge(agreements, on=["kbo", "local_team_id"])
            .merge(_need(connection, day, instant), on="family_id")
            .query("weak >= min_criteria")
            .merge(protocols, on="kbo")
            .merge(_consents(connection, day, instant), on=["parent_id", "kbo"])
        )
    _write(_allowed(rows), sorted(set(agreements["kbo"]) & set(protocols["kbo"])), folder)


def _read(connection: sqlite3.Connection, table: str) -> pd.DataFrame:
    return pd.read_sql(f"select * from {table}", connection)


def _latest(rows: pd.DataFrame, key: str | list[str], order: list[str]) -> pd.DataFrame:
    return rows.sort_values(order).drop_duplicates(key, keep="last")


def _is_blank(texts: pd.Series) -> pd.Series:
    return texts.fillna("").str.strip() == ""


def _municipalities(day: str) -> pd.DataFrame:
    current = "2025" if day >= "2025" else "2019_2024" if day >= "2019" else "2018"
    lists = [pd.read_csv(REFERENCE / f"municipalities_{name}.csv", dtype=str) for name in (current, "brussels")]
    return pd.concat(lists)[["nis", "naam"]].rename(columns={"nis": "nis_code", "naam": "municipality"})


def _mergers(day: str) -> pd.DataFrame:
    mergers = pd.read_csv(REFERENCE / "mergers.csv", dtype=str)
    return mergers[mergers["datum"] <= day]


def _current_codes(codes: pd.Series, day: str) -> pd.Series:
    """Each code followed through the mergers, one wave after the other; a code merged twice goes to the last."""
    for _, wave in _mergers(day).groupby("datum"):
        successor = wave.set_index("oude_nis")["nieuwe_nis"]
        codes = codes.map(successor).fillna(codes)
    return codes


def _territory(connection: sqlite3.Connection, day: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Since when each recipient's territory is what it is; and the one recipient of each municipality."""
    serving = _read(connection, "recipient_municipality")
    serving = serving[
        (serving["valid_from"] <= day) & (serving["valid_until"].isna() | (serving["valid_until"] >= day))
    ]
    serving = serving.drop_duplicates(["kbo", "nis_code"])[["kbo", "nis_code"]]
    shaped = serving.merge(_mergers(day), left_on="nis_code", right_on="nieuwe_nis").groupby("kbo")["datum"].max()
    known = serving[serving["kbo"].isin(_read(connection, "recipient")["kbo"])]
    return shaped.rename("shaped_on").reset_index(), known[~known["nis_code"].duplicated(keep=False)]


def _in_force(papers: pd.DataFrame, key: str, territory: pd.DataFrame, day: str, instant: str) -> pd.DataFrame:
    papers = _latest(papers[papers["recorded_at"] <= instant], key, ["recorded_at"]).merge(territory, "left", on="kbo")
    return papers[
        (papers["signed_on"] <= day)
        & (papers["valid_from"] <= day)
        & (papers["valid_until"].isna() | (papers["valid_until"] >= day))
        & (papers["ended_on"].isna() | (papers["ended_on"] >= day))
        & (papers["shaped_on"].isna() | (papers["valid_from"] >= papers["shaped_on"]))
    ]


def _agreements(connection: sqlite3.Connection, territory: pd.DataFrame, day: str, instant: str) -> pd.DataFrame:
    papers = _in_force(_read(connection, "agreement"), "agreement_id", territory, day, instant)
    papers = papers.fillna({"min_criteria": 3})
    papers = papers[papers["min_criteria"].between(1, 6)]
    return papers.groupby(["kbo", "local_team_id"], as_index=False)[["min_criteria"]].max()


def _protocols(connection: sqlite3.Connection, territory: pd.DataFrame, day: str, instant: str) -> pd.DataFrame:
    papers = _in_force(_read(connection, "protocol"), "protocol_id", territory, day, instant)
    papers = papers[
        (papers["legal_basis"] == "decree-2022-02-04")
        & (papers["kind"] == "protocol")
        & ~_is_blank(papers["published_url"])
        & (papers["dpo_advice_on"] <= day)
        & papers["fields"].str.fullmatch(DECREE)
    ]
    named = {f"may_{field}": papers["fields"].str.contains(field) for field in FIELDS}
    return papers[["kbo"]].assign(**named).groupby("kbo", as_index=False).all()


def _parents(connection: sqlite3.Connection, day: str, instant: str) -> pd.DataFrame:
    """Parents of a sound row, alive, with a current home and in a family without a protected address."""
    parents, homes = _read(connection, "parent"), _read(connection, "residence")
    homes = homes[(homes["valid_from"] <= day) & (homes["recorded_at"] <= instant)]
    homes = _latest(homes, "parent_id", ["valid_from", "recorded_at"])
    parents = parents.merge(homes.drop(columns=["valid_from", "recorded_at"]), on="parent_id")
    is_protected = parents["confidential"].astype(bool).groupby(parents["family_id"]).transform("any")
    is_alive = parents["deceased_on"].isna() | (parents["deceased_on"] > day)
    is_named = ~_is_blank(parents["first_name"]) & ~_is_blank(parents["last_name"])
    parents = parents[~is_protected & is_alive & is_named & (parents["insz"].isna() | _is_insz(parents["insz"]))]
    parents = parents.assign(nis_code=_current_codes(parents["nis_code"], day))
    return parents.merge(_municipalities(day), on="nis_code").merge(_read(connection, "family"), on="family_id")


def _is_insz(numbers: pd.Series) -> pd.Series:
    formed = numbers.fillna("").str.fullmatch("[0-9]{11}")
    body, check = (pd.to_numeric(part.where(formed, "0")) for part in (numbers.str[:9], numbers.str[9:]))
    return formed & ((97 - body % 97 == check) | (97 - (2_000_000_000 + body) % 97 == check))


def _need(connection: sqlite3.Connection, day: str, instant: str) -> pd.DataFrame:
    """The most weak criteria that any child under three of a family has, in its latest valid assessment."""
    children, assessments = _read(connection, "child"), _read(connection, "indicator_assessment")
    limit = (pd.Timestamp(day) - pd.DateOffset(years=3)).date().isoformat()
    both = children[children["birth_date"] > limit].merge(assessments, on="child_id")
    is_filled = both[CRITERIA].notna().any(axis=1)
    in_time = (both["assessed_on"] >= both["birth_date"]) & (both["assessed_on"] <= day)
    both = both[is_filled & in_time & (both["recorded_at"] <= instant)]
    both = _latest(both, "child_id", ["assessed_on", "recorded_at", "assessment_id"])
    return both.assign(weak=both[CRITERIA].sum(axis=1)).groupby("family_id", as_index=False)[["weak"]].max()


def _consents(connection: sqlite3.Connection, day: str, instant: str) -> pd.DataFrame:
    """The grants that are in force: the event that counts, when it is one, and has neither expired nor lapsed."""
    events, texts = _read(connection, "consent_event"), _read(connection, "consent_text")
    events = events[events["recorded_at"] <= instant]
    is_grant = (
        (events["kind"] == "grant")
        & ~_is_blank(events["text_version"])
        & events["fields"].fillna("").str.fullmatch(DECREE)
    )
    earlier = events["occurred_at"].where(events["occurred_at"] < events["recorded_at"], events["recorded_at"])
    events = events.assign(is_revoked=~is_grant, counts_from=events["occurred_at"].where(is_grant, earlier))
    events = events[events["counts_from"] <= instant]
    events = _latest(events, ["parent_id", "kbo"], ["counts_from", "is_revoked", "recorded_at", "event_id"])
    is_accepted = (texts["accepted_from"] <= day) & (texts["accepted_until"].isna() | (texts["accepted_until"] >= day))
    has_text = events["text_version"].isin(texts[is_accepted]["text_version"])
    has_not_expired = events["valid_until"].isna() | (events["valid_until"] >= day)
    return events[~events["is_revoked"] & has_text & has_not_expired][["parent_id", "kbo", "fields"]]


def _allowed(rows: pd.DataFrame) -> pd.DataFrame:
    """Who may be named and reached, with what may be told and nothing else."""
    may = {field: rows[f"may_{field}"] & rows["fields"].str.contains(field) for field in FIELDS}
    has_address = may["address"] & ~_is_blank(rows["street"]) & ~_is_blank(rows["postal_code"])
    has_phone = may["phone"] & ~_is_blank(rows["phone"])
    has_email = may["email"] & ~_is_blank(rows["email"])
    rows = rows.copy()
    rows.loc[~has_address, ["street", "house_number", "box_number", "postal_code", "municipality"]] = None
    rows.loc[~has_phone, "phone"] = None
    rows.loc[~has_email, "email"] = None
    return rows[may["name"] & (has_address | has_phone | has_email)]


def _write(rows: pd.DataFrame, recipients: list[str], folder: Path) -> None:
    for kbo in recipients:
        (folder / kbo).mkdir(exist_ok=True)
        drop = rows[rows["kbo"] == kbo][list(HEADERS)].rename(columns=HEADERS)
        drop.to_csv(folder / kbo / "drop.csv", sep=";", index=False, encoding="utf-8-sig")


if __name__ == "__main__":
    timed(lambda: run(Path(sys.argv[1]), Path(sys.argv[2]) / "drops"))
