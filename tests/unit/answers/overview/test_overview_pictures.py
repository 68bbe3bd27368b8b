"""The map and the timelines: every municipality in its own state, unknown is no nought, the same bytes each time."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.overview import timeline
from pipeline.answers.overview.annex import overview_pdf
from pipeline.answers.overview.content import legend, map_remarks, municipalities_table
from pipeline.answers.overview.map import choropleth
from pipeline.answers.overview.model import AuthorityState, Municipality
from pipeline.answers.overview.page import overview_html
from pipeline.answers.overview.places import served_places
from pipeline.answers.overview.style import STYLES, paint
from pipeline.answers.overview.texts import STATES
from pipeline.answers.overview.timeline import HEIGHT, Series, spread, ticks, unknown_runs
from tests.support.worlds.overviews import authority, everyone, first, months, overview
from tests.support.worlds.overviews import municipalities as every

S = AuthorityState
SVG = "{http://www.w3.org/2000/svg}"
NOT_XML = "Aa\x00\x0b\x1b\ufffelst"
NASTY = "<b>&\"x' ]]> --> Ğülşen"


def titled(drawn: str) -> dict[str, str]:
    """What each municipality says on hovering, with what it is filled with."""
    root = ElementTree.fromstring(drawn)
    shapes = (path for path in root.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None)
    return {str(path.findtext(f"{SVG}title")): str(path.get("fill")) for path in shapes}


def test_every_municipality_is_drawn_in_the_state_of_its_authority() -> None:
    found = overview(everyone())
    drawn = titled(choropleth(found))
    assert len(drawn) == 304
    for one in found.authorities:
        for municipality in one.municipalities:
            said = f"{municipality.name}: {STATES[one.state]} ({one.name})"
            assert drawn[said] == paint(STYLES[one.state])


@pytest.mark.parametrize(("day", "number"), [(date(2024, 12, 31), 319), (date(2025, 1, 1), 304)])
def test_the_map_is_the_one_of_the_day(day: date, number: int) -> None:
    found = overview(everyone((S.EXCHANGING,), day), day)
    drawn = titled(choropleth(found))
    assert len(drawn) == number
    assert set(drawn.values()) == {paint(STYLES[S.EXCHANGING])}
    assert any(said.startswith("Borgloon:") for said in drawn) == (number == 319)


def test_with_none_or_two_authorities_nothing_is_shared_and_the_map_says_none() -> None:
    one, other, *_ = every()
    twice = (authority(1, "OCMW Eén", [one, other], S.EXCHANGING), authority(2, "OCMW Twee", [other], S.EXCHANGING))
    found = served_places(overview(twice))
    states = {place.municipality.nis_code: place.state for place in found}
    assert states.pop(one.nis_code) is S.EXCHANGING
    assert set(states.values()) == {S.NONE}
    said = titled(choropleth(overview(twice)))
    assert said[f"{other.name}: niets ondertekend (OCMW Eén, OCMW Twee)"] == "#ffffff"
    assert any(text.endswith("(geen bestuur bekend)") for text in said)
    assert map_remarks(found)[0].startswith("Bij 303 gemeenten is er niet precies één bestuur")


def test_a_municipality_without_an_outline_is_named_and_in_the_table() -> None:
    new = Municipality("99999", "Nieuwstad", "Limburg")
    found = served_places(overview([authority(1, "OCMW Nieuwstad", [new], S.EXCHANGING)]))
    assert map_remarks(found)[-1] == "Niet op de kaart, omdat de grens niet bekend is: Nieuwstad (99999)."
    assert ("Nieuwstad", "Limburg", "OCMW Nieuwstad", "wisselt uit") in municipalities_table(found).rows


def test_the_legend_counts_every_municipality_once() -> None:
    found = overview(everyone())
    told = legend(found, served_places(found))
    assert [state for state, _ in told] == list(reversed(AuthorityState))
    assert sum(int(re.findall(r"\((\d+) ", text)[0]) for _, text in told) == 304


def test_a_name_is_text_and_never_markup() -> None:
    found = overview([authority(1, NASTY, [replace(every()[0], name=NASTY)], S.SIGNED)])
    drawn = choropleth(found)
    assert f"{NASTY}: ondertekend ({NASTY})" in titled(drawn)
    assert "<b>" not in drawn


def test_a_character_that_no_xml_can_hold_spoils_nothing() -> None:
    found = overview([authority(1, NOT_XML, [replace(every()[0], name=NOT_XML)], S.SIGNED)])
    assert any(re.fullmatch(r"Aa +lst: ondertekend \(Aa +lst\)", said) for said in titled(choropleth(found)))
    assert overview_pdf(found).startswith(b"%PDF") and "Aa" in overview_html(found)


def test_pictures_are_the_same_each_time_and_lean_on_nothing() -> None:
    found = overview(everyone())
    drawn = [choropleth(found), timeline.papers_timeline(found.months), timeline.authorities_timeline(found.months)]
    assert drawn == [
        choropleth(found),
        timeline.papers_timeline(found.months),
        timeline.authorities_timeline(found.months),
    ]
    for one in drawn:
        assert re.findall(r'https?://[^"]*', one) == ["http://www.w3.org/2000/svg"]
        assert not re.search(r"<(script|style|image|foreignObject|a|use)\b|\bhref=|\bon\w+=", one)
        assert set(re.findall(r"url\(([^)]*)\)", one)) <= {f"#{name}" for name in re.findall(r' id="([^"]*)"', one)}
        assert ElementTree.fromstring(one).get("role") == "img" and ElementTree.fromstring(one).get("aria-label")


def test_another_process_draws_the_same_bytes() -> None:
    program = (
        "import hashlib; from tests.support.worlds.overviews import *; "
        "from pipeline.answers.overview.map import choropleth;"
        "print(hashlib.sha256(choropleth(overview(everyone())).encode()).hexdigest())"
    )
    made = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=env).stdout
        for env in ({"PYTHONHASHSEED": "1", "TZ": "UTC"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LANG": "tr_TR"})
    }
    assert len(made) == 1


def test_nothing_heavy_is_loaded_until_something_is_drawn() -> None:
    program = (
        "import sys; from tests.support.worlds.overviews import *; from pipeline.answers.overview import page, annex;"
        "early = overview((), date(2022, 1, 1)); page.overview_html(early); annex.overview_pdf(early);"
        "sys.exit('altair' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def polyline(drawn: str) -> list[str]:
    """The paths that are lines: stroked and not filled."""
    root = ElementTree.fromstring(drawn)
    return [
        path.get("d") or ""
        for path in root.iter(f"{SVG}path")
        if path.get("stroke") in ("#0c3b47", "#a85a00") and (path.get("fill") or "none") == "none"
    ]


def test_months_of_which_nothing_is_known_are_a_band_and_no_line() -> None:
    every_month = months()
    in_force, exchanging = polyline(timeline.authorities_timeline(every_month))
    known = sum(one.authorities_exchanging is not None for one in every_month)
    assert in_force.count("L") == len(every_month) - 1 and in_force.count("M") == 1
    assert exchanging.count("L") == known - 1 and exchanging.count("M") == 1
    assert timeline.authorities_timeline(every_month).count('fill="url(#onbekend)"') == 1
    assert "url(#onbekend)" not in timeline.papers_timeline(every_month)


def test_with_nothing_known_at_all_the_name_says_unknown() -> None:
    none = tuple(replace(one, authorities_exchanging=None) for one in months())
    drawn = timeline.authorities_timeline(none)
    assert "besturen die uitwisselen: onbekend" in drawn
    assert len([path for path in polyline(drawn) if path]) == 1


def test_a_gap_in_the_middle_breaks_the_line() -> None:
    some = list(months())
    some[-3] = replace(some[-3], authorities_exchanging=None)
    assert polyline(timeline.authorities_timeline(some))[1].count("M") == 2


@pytest.mark.parametrize("number", [1, 2, 13])
def test_a_timeline_may_be_short(number: int) -> None:
    few = months()[-number:]
    assert "overeenkomsten van kracht: 156" in timeline.papers_timeline(few)
    ElementTree.fromstring(timeline.authorities_timeline(few))


def test_lines_differ_in_their_stroke_and_not_in_colour_alone() -> None:
    for drawn in (timeline.papers_timeline(months()), timeline.authorities_timeline(months())):
        strokes = re.findall(r'stroke="#(?:0c3b47|a85a00)"[^>]*', drawn)
        strokes = [stroke.split(" ", 1)[1] for stroke in strokes if "width" in stroke]
        assert len(strokes) == len(set(strokes)) >= 2


@given(st.integers(0, 100_000))
def test_ticks_are_round_and_reach_the_highest(highest: int) -> None:
    made = ticks(highest)
    assert made[0] == 0 and made[-1] >= max(highest, 1) and 2 <= len(made) <= 6
    step = made[1]
    assert all(b - a == step for a, b in pairwise(made))
    assert str(step).rstrip("0") in ("1", "2", "5")


@given(st.lists(st.floats(0, HEIGHT), min_size=1, max_size=6))
def test_names_never_overlap_keep_their_order_and_stay_in_the_plot(wanted: list[float]) -> None:
    placed = spread(wanted)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    inorder = [placed[index] for index in order]
    assert all(b - a >= 15.9 for a, b in pairwise(inorder))
    assert inorder[0] >= -0.01 and inorder[-1] <= HEIGHT + 0.01


@pytest.mark.parametrize(
    ("values", "runs"),
    [
        ((1, 2), []),
        ((None, None, 1), [(0, 1)]),
        ((1, None, 2, None), [(1, 1), (3, 3)]),
        ((None,), [(0, 0)]),
    ],
)
def test_runs_of_unknown_months(values: tuple[int | None, ...], runs: list[tuple[int, int]]) -> None:
    assert unknown_runs(Series("x", "#000000", 1, (), values)) == runs


def test_one_municipality_is_enough() -> None:
    assert sum(fill != "#ffffff" for fill in titled(choropleth(overview(first(1, S.SIGNED)))).values()) == 1
