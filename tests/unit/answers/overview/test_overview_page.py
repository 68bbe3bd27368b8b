"""The page: every figure and every authority on it, nothing from elsewhere, text never markup, clear when empty."""

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from pipeline.answers.overview.model import AuthorityState, Municipality, Overview
from pipeline.answers.overview.page import overview_html
from pipeline.answers.overview.texts import PAPER_STATES, STATES, answer
from tests.support.worlds.overviews import authority, everyone, first, municipalities, overview

S = AuthorityState
VOID = {"meta", "input", "br", "hr", "img", "link", "col"}
EARLY = date(2022, 3, 10)
NASTY = "<b>&\"x' {{ 1 }} </script><script>alert(1)</script>"


class Read(HTMLParser):
    """Checks that every tag is closed in its turn; keeps tags, and what is said in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.rows: dict[str, list[list[str]]] = {}
        self.caption = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "caption":
            self.caption = ""
        if tag == "tr":
            self.rows.setdefault(self.caption, []).append([])
        if tag in ("td", "th"):
            self.rows[self.caption][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"{tag} is closed out of turn"

    def handle_data(self, data: str) -> None:
        if "style" in self.open or "script" in self.open:
            return
        self.said += data
        if "caption" in self.open:
            self.caption += data
        if {"td", "th"} & set(self.open):
            self.rows[self.caption][-1][-1] += data

    def table(self, begins: str) -> list[list[str]]:
        return next(rows[1:] for caption, rows in self.rows.items() if caption.startswith(begins))


def attributes(read: Read) -> Iterator[tuple[str, str]]:
    return ((name, value or "") for _, found in read.tags for name, value in found.items())


EMPTY = {
    "nobody": overview(),
    "before the decree": overview(everyone([S.NONE]), EARLY),
    "no agreement": overview(everyone([S.NONE])),
    "nothing in the ledger": overview(first(3, S.IN_FORCE), ledger_since=None),
    "one": overview(first(1, S.EXCHANGING)),
    "of no municipality": overview([authority(1, "OCMW Weg", [], S.SIGNED)]),
}


@pytest.fixture(scope="module")
def found() -> Overview:
    return overview(everyone(), remarks=("Let hierop.",))


@pytest.fixture(scope="module")
def page(found: Overview) -> str:
    return overview_html(found)


@pytest.fixture(scope="module")
def read(page: str) -> Read:
    return Read(page)


def test_it_is_one_whole_page(page: str, read: Read) -> None:
    assert page.startswith("<!doctype html>") and read.open == []
    assert ("html", {"lang": "nl"}) in read.tags


def test_the_answer_and_what_is_known_stand_on_it(found: Overview, read: Read) -> None:
    said = " ".join(read.said.split())
    assert "Stand op 15 juni 2026, gekend op 16 juni 2026 om 3.30 uur" in said
    for text in (*answer(found), *found.remarks, "Belgium-Geographic-Data (MIT-licentie)", "Statbel"):
        assert text in said


def test_the_counts_are_those_of_the_overview(found: Overview, read: Read) -> None:
    by_state = {row[0].strip(): row[1] for row in read.table("Aantal besturen")}
    assert by_state == {name: str(len(found.of(state))) for state, name in STATES.items()}
    for row, one in zip(read.table("Overeenkomsten en protocollen naar"), found.counts, strict=True):
        states = [str(one.states[state]) for state in PAPER_STATES]
        persons = [str(one.recipients), str(one.recipients_in_force)]
        assert row[2:] == [str(one.known), *states, str(one.signed), *persons]
    total = read.table("Besturen per provincie")[-1]
    assert total == ["Totaal", "304", "0", "286", *(str(len(found.of(state))) for state in AuthorityState)]
    assert len(read.table("Stand op de laatste dag van elke maand")) == len(found.months) == 52
    assert len(read.table("Samenwerkingsovereenkomsten per lokaal team")) == len(found.teams) + 1


def test_every_authority_is_in_the_list_by_name_with_its_state(found: Overview, read: Read) -> None:
    rows = read.table("De besturen op naam")
    assert [(row[0], row[2]) for row in rows] == [(one.name, STATES[one.state]) for one in found.authorities]
    states = [found["data-state"] for tag, found in read.tags if tag == "tr" and "data-state" in found]
    assert states == [one.state for one in found.authorities]


def test_every_municipality_is_in_the_table_that_stands_in_for_the_map(found: Overview, read: Read) -> None:
    state_of = {place.name: STATES[one.state] for one in found.authorities for place in one.municipalities}
    rows = read.table("De kaart als tabel")
    assert {row[0]: row[3] for row in rows} == state_of and len(rows) == 304


def test_nothing_comes_from_elsewhere(page: str, read: Read) -> None:
    assert set(re.findall(r"https?://[^\"'<\s]*", page)) == {"http://www.w3.org/2000/svg"}
    assert not {"link", "img", "iframe", "object", "embed", "image", "use", "base"} & {tag for tag, _ in read.tags}
    assert not any(name in ("src", "href", "action") or name.startswith("on") for name, _ in attributes(read))
    assert "@import" not in page and "@font-face" not in page
    ids = [value for name, value in attributes(read) if name == "id"]
    assert {f"#{one}" for one in ids} >= set(re.findall(r"url\(([^)]*)\)", page))


def test_the_browser_is_told_to_load_nothing_and_to_run_this_script_alone(page: str, read: Read) -> None:
    (policy,) = (found["content"] for tag, found in read.tags if tag == "meta" and "http-equiv" in found)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert policy is not None and policy.startswith("default-src 'none';")
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_without_the_script_everything_is_there(page: str, read: Read) -> None:
    assert ("form", {"id": "filter", "role": "search", "hidden": None}) in read.tags
    assert not any("hidden" in found for tag, found in read.tags if tag in ("tr", "table", "section"))


def test_it_is_accessible(read: Read) -> None:
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b - a <= 1 for a, b in pairwise(levels))
    tags = [tag for tag, _ in read.tags]
    assert tags.count("table") == tags.count("caption") >= 7
    assert all(found.get("scope") in ("col", "row") for tag, found in read.tags if tag == "th")
    drawn = [found for tag, found in read.tags if tag == "svg"]
    assert all(
        found.get("aria-hidden") == "true" or (found["role"] == "img" and found["aria-label"]) for found in drawn
    )
    named = [found["aria-labelledby"] for tag, found in read.tags if tag == "section"]
    ids = [found["id"] for _, found in read.tags if "id" in found]
    assert set(named) <= set(ids)
    assert tags.count("label") == 2


def test_an_id_is_used_once(read: Read) -> None:
    ids = [str(found["id"]) for _, found in read.tags if "id" in found]
    assert len(ids) == len(set(ids))


def test_names_are_text_and_never_markup() -> None:
    place = Municipality(municipalities()[0].nis_code, NASTY, NASTY)
    nasty = replace(authority(1, NASTY, [place], S.EXCHANGING), teams=(NASTY,))
    made = overview_html(overview([nasty], remarks=(NASTY,), teams=(NASTY,)))
    read = Read(made)
    assert read.open == [] and made.count("<script>") == 1
    assert not any(tag == "b" for tag, _ in read.tags)
    row = read.table("De besturen op naam")[0]
    assert row[0] == row[3] == row[4] == row[5] == NASTY
    assert read.said.count(NASTY) >= 6


@pytest.mark.parametrize("case", EMPTY)
def test_a_page_with_little_on_it_is_whole_and_says_why(case: str) -> None:
    made = overview_html(EMPTY[case])
    read = Read(made)
    assert read.open == [] and answer(EMPTY[case])[0] in read.said
    drawn = 'aria-label="Kaart van' in made
    assert drawn == (case in ("nothing in the ledger", "one", "of no municipality"))
    assert drawn != ("Daarom staat hier geen kaart." in made)


def test_before_the_ledger_the_number_is_unknown_and_not_nought() -> None:
    read = Read(overview_html(EMPTY["nothing in the ledger"]))
    assert {row[0].strip(): row[1] for row in read.table("Aantal besturen")}["wisselt uit"] == "onbekend"
    assert read.table("Besturen per provincie")[-1][-1] == "onbekend"
    assert "wisselt uit (onbekend)" in read.said and "zonder levering" not in read.said
    assert "van kracht, maar of er leveringen waren, is niet bekend" in read.said
    assert read.table("Stand op de laatste dag")[-1][-1] != "0"


def test_a_page_of_before_the_decree_draws_nothing() -> None:
    assert "<svg" not in overview_html(EMPTY["before the decree"])


def test_the_same_overview_gives_the_same_page(found: Overview, page: str) -> None:
    assert overview_html(found) == page
    assert overview_html(replace(found, window_days=3)) != page


def test_it_is_made_within_five_seconds(found: Overview) -> None:
    begun = time.process_time()
    overview_html(found)
    assert time.process_time() - begun < 5
