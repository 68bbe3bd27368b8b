"""The papers of a random history: who serves where, agreements, protocols, texts."""

from datetime import date
from typing import Any

from tests.support.worlds.draws import Draw

A, B, C = "0000000001", "0000000002", "0000000003"
ALL_FIELDS = "name,address,phone,email"


def papers(draw: Draw, home: tuple[str, ...], other: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """Of A at `home`, B at `other`, and C, an OCMW of before a merger or of nowhere."""
    return {
        "recipient": [{"kbo": A}, {"kbo": B}, {"kbo": C}],
        "recipient_municipality": serving(draw, home, other),
        "local_team": [{"local_team_id": "T1"}, {"local_team_id": "T2"}],
        "agreement": [version for n in range(draw.count(1, 14, 8)) for version in agreement(draw, f"A{n}")],
        "protocol": [version for n in range(draw.count(1, 12, 4)) for version in protocol(draw, f"P{n}")],
        "consent_text": [
            {"text_version": text, "accepted_from": draw.begin(), "accepted_until": draw.end()}
            for text in ("v1", "v2")[: draw.usually(2, 1, 0)]
        ],
    }


def serving(draw: Draw, home: tuple[str, ...], other: tuple[str, ...]) -> list[dict[str, Any]]:
    """Who serves where: A at home (under its old codes as well), B elsewhere; now and then both, or nobody."""
    long_ago = date(2015, 1, 1)
    rows = [served(A, code, draw.usually(long_ago, draw.begin()), draw.end(share=0.95)) for code in home]
    rows.append(served(B, other[0], long_ago, None))
    overlap = draw.usually(None, (B, home[0]), (A, other[0]), (A, home[0]), share=0.9)
    if overlap:
        rows.append(served(*overlap, draw.begin(), draw.end()))
    if draw.now_and_then(0.7):
        old = draw.usually(None, draw.day(-1), share=0.8) if len(home) > 1 else draw.day(-1)
        rows.append(served(C, home[-1], long_ago, old))
    return list({(row["kbo"], row["nis_code"], row["valid_from"]): row for row in reversed(rows)}.values())[::-1]


def served(kbo: str, code: str, since: date, until: date | None) -> dict[str, Any]:
    return {"kbo": kbo, "nis_code": code, "valid_from": since, "valid_until": until}


def versions(draw: Draw, paper: dict[str, Any], again: Any) -> list[dict[str, Any]]:
    """One to three versions of a paper, each recorded at an instant of its own."""
    made = {draw.recorded(share=0.9): paper}
    for _ in range(draw.count(6, 2, 1)):
        made[draw.recorded(share=0.2)] = again()
    return [version | {"recorded_at": recorded} for recorded, version in made.items()]


def term(draw: Draw) -> dict[str, Any]:
    return {
        "kbo": draw.usually(A, B, share=0.94),
        "signed_on": draw.usually(draw.day(-160), None, *(draw.day(n) for n in (-1, 0, 1)), share=0.96),
        "valid_from": draw.begin(share=0.92),
        "valid_until": draw.end(share=0.95),
        "ended_on": draw.end(share=0.95),
    }


def agreement(draw: Draw, name: str) -> list[dict[str, Any]]:
    def one() -> dict[str, Any]:
        criteria = draw.usually(None, 0, 1, 2, 3, 4, 6, 7, share=0.7)
        team = draw.usually("T1", "T2", share=0.94)
        return term(draw) | {"agreement_id": name, "local_team_id": team, "min_criteria": criteria}

    return versions(draw, one(), one)


def protocol(draw: Draw, name: str) -> list[dict[str, Any]]:
    """Either party may not have published it, and either officer may not have advised yet."""

    def one() -> dict[str, Any]:
        return term(draw) | {
            "protocol_id": name,
            "legal_basis": draw.usually("decree-2022-02-04", "decree-2014-04-25", share=0.96),
            "kind": draw.usually("protocol", "processing_agreement", share=0.96),
            "published_url": draw.usually("https://example.org/p", None, "", share=0.96),
            "recipient_published_url": draw.usually("https://ocmw.example.org/p", None, " ", share=0.96),
            "dpo_advice_on": advice(draw),
            "recipient_dpo_advice_on": advice(draw),
            "fields": some_fields(draw, share=0.75) or "",
            "retention_days": draw.usually(365, 30, 90),
        }

    return versions(draw, one(), one)


def advice(draw: Draw) -> date | None:
    return draw.usually(draw.day(-170), None, *(draw.day(n) for n in (-1, 0, 1)), share=0.94)


def some_fields(draw: Draw, share: float) -> str | None:
    """Mostly sound lists; some blank, some outside the decree."""
    sound = (
        "name,phone",
        "name,email",
        "address,name",
        "email, name ,phone",
        "name",
        "phone,address",
        "name,name,phone",
    )
    wrong = (None, "", " ", "name,insz", "Name,phone", "name,", "name;phone")
    return draw.usually(ALL_FIELDS, *sound * 3, *wrong, share=share)
