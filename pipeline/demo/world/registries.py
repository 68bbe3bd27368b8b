"""Who serves where: welfare centres, the municipalities they serve, and the local teams of Kind en Gezin."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import pyarrow as pa

from pipeline.demo.world.reference import Places, merged_in_2025, read, successors
from pipeline.demo.world.schema import rows

CAW_KBO = "1999999943"
"""Invented: the reference data has no KBO number of CAW Brussel. Its check digits are right; nobody has it."""
CAW_NAME = "CAW Brussel (KBO verzonnen)"
MERGER = date(2025, 1, 1)
TEAM_SIZE = 4
OVERLAP_RANK = 60
"""The municipality that two recipients serve: the one with this rank in inhabitants."""

Row = dict[str, object]


@dataclass(frozen=True)
class Registry:
    """`kbo`, `team`: per area of Places, its recipient and local team today. `people`: inhabitants per recipient.

    `twice`: the code of the municipality that two recipients serve, with those two (its own centre first).
    """

    kbo: list[str]
    team: list[str]
    people: dict[str, float]
    teams_of: dict[str, list[str]]
    merged: frozenset[str]
    twice: tuple[str, str, str]
    tables: dict[str, pa.Table]


def make_registry(places: Places) -> Registry:
    """Everything that does not change with scale or day."""
    centres = {row["nis"]: row for row in read("ocmw_2025.csv")}
    kbo = [centres[code]["kbo"] if code in centres else CAW_KBO for code in places.code]
    team_of, teams = _teams(places)
    people: dict[str, float] = {}
    teams_of: dict[str, list[str]] = {}
    for code, one, persons in zip(places.code, kbo, places.people, strict=True):
        people[one] = people.get(one, 0) + persons
        teams_of[one] = sorted({*teams_of.get(one, []), team_of[code]})
    twice = _twice(places, kbo)
    return Registry(
        kbo=kbo,
        team=[team_of[code] for code in places.code],
        people=people,
        teams_of=teams_of,
        merged=frozenset(centres[code]["kbo"] for code in merged_in_2025()),
        twice=twice,
        tables={
            "recipient": rows("recipient", _recipients(centres)),
            "recipient_municipality": rows("recipient_municipality", list(_service(centres, places, twice))),
            "local_team": rows("local_team", teams),
        },
    )


def _recipients(centres: dict[str, dict[str, str]]) -> list[Row]:
    ocmw: list[Row] = [
        {"kbo": row["kbo"], "name": f"OCMW {row['gemeente']}", "kind": "OCMW", "ovo": row["ovo"]}
        for row in centres.values()
    ]
    return [*ocmw, {"kbo": CAW_KBO, "name": CAW_NAME, "kind": "CAW", "ovo": None}]


def _service(centres: dict[str, dict[str, str]], places: Places, twice: tuple[str, str, str]) -> Iterator[Row]:
    """Since when who serves where. A merged municipality's centre that existed before served one of its parts (an
    assumption: the centres that ceased to exist are not in the reference data)."""
    merged = merged_in_2025()
    born_2019 = set(successors().values()) - merged
    for code, centre in centres.items():
        start = MERGER if code in merged else date(2019, 1, 1) if code in born_2019 else date(1977, 1, 1)
        yield {"kbo": centre["kbo"], "nis_code": code, "valid_from": start}
        if code in merged and not centre["kbo"].startswith("1"):  # a number with 1 in front: founded by the merger
            former, began, ended = _former(code, centre["gemeente"]), date(1977, 1, 1), date(2024, 12, 31)
            yield {"kbo": centre["kbo"], "nis_code": former, "valid_from": began, "valid_until": ended}
    for code in (code for code in places.code if code not in centres):
        yield {"kbo": CAW_KBO, "nis_code": code, "valid_from": date(2022, 4, 1)}
    yield {"kbo": twice[2], "nis_code": twice[0], "valid_from": date(2024, 7, 1)}


def _former(code: str, name: str) -> str:
    """The part of a merged municipality that its centre came from: the one of that name, else the first."""
    parts = [row for row in read("mergers.csv") if row["nieuwe_nis"] == code]
    return next((row["oude_nis"] for row in parts if row["oude_naam"] == name), parts[0]["oude_nis"])


def _teams(places: Places) -> tuple[dict[str, str], list[Row]]:
    """Teams of about TEAM_SIZE neighbouring municipalities within an arrondissement, named after the largest."""
    known = {code: (arr, name) for code, arr, name in zip(places.code, places.arrondissement, places.name, strict=True)}
    people: dict[str, float] = {}
    for code, persons in zip(places.code, places.people, strict=True):
        people[code] = people.get(code, 0) + persons
    team_of: dict[str, str] = {}
    teams: list[Row] = []
    for _, group in groupby(sorted(known, key=lambda code: (known[code][0], code)), lambda code: known[code][0]):
        codes = list(group)
        number = max(1, round(len(codes) / TEAM_SIZE))
        for part in (codes[len(codes) * i // number : len(codes) * (i + 1) // number] for i in range(number)):
            team = f"LT{len(teams) + 1:03}"
            team_of |= dict.fromkeys(part, team)
            teams.append({"local_team_id": team, "name": f"Lokaal team {known[max(part, key=people.__getitem__)][1]}"})
    return team_of, teams


def _twice(places: Places, kbo: list[str]) -> tuple[str, str, str]:
    """A middling municipality that was not merged, its own centre, and its neighbour's, which serves it too."""
    merged = merged_in_2025()
    plain = [i for i, code in enumerate(places.code) if code not in merged and not code.startswith("21")]
    one = sorted(plain, key=lambda i: -places.people[i])[OVERLAP_RANK]
    neighbour = next(i for i in plain if places.arrondissement[i] == places.arrondissement[one] and i != one)
    return places.code[one], kbo[one], kbo[neighbour]
