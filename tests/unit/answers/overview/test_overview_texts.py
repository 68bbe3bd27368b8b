"""The answer in words: right in number, and clear where nothing is known or there is nothing to say."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pipeline.answers.overview import texts
from pipeline.answers.overview.model import Authority, AuthorityState, Overview, PaperKind, PaperState
from pipeline.answers.overview.states import count_papers
from tests.support.worlds.overviews import DAY, LEDGER, authority, everyone, first, months, municipalities, overview

S = AuthorityState
BEFORE = date(2022, 3, 10)


def test_the_answer_as_parliament_reads_it() -> None:
    found = overview((*first(3, S.EXCHANGING), *first(1, S.IN_FORCE), *first(2, S.TO_BE_RENEWED), *first(1, S.SIGNED)))
    assert texts.answer(found) == (
        "Op 15 juni 2026 wisselden 3 besturen gegevens uit: 3 OCMW's.",
        "In totaal werden 7 samenwerkingsovereenkomsten en 7 protocollen gesloten. Op 15 juni 2026 waren daarvan 4 "
        "samenwerkingsovereenkomsten en 4 protocollen van kracht. Bij 1 bestuur waren overeenkomst en protocol van "
        "kracht, zonder levering in de 7 dagen tot en met die dag. Bij 2 besturen moest na een gemeentefusie vernieuwd "
        "worden wat ondertekend was. Bij 1 bestuur was er wel ondertekend, maar waren overeenkomst en protocol niet "
        "allebei van kracht.",
        "Uitwisselen betekent dat er in de 7 dagen tot en met die dag minstens één levering was, en dat de "
        "samenwerkingsovereenkomst en het protocol van kracht zijn. Een levering zonder personen telt mee.",
    )


def test_one_is_told_in_the_singular() -> None:
    answer = texts.answer(overview(first(1, S.EXCHANGING)))
    assert answer[0] == "Op 15 juni 2026 wisselde 1 bestuur gegevens uit: 1 OCMW."
    assert answer[1].startswith("In totaal werden 1 samenwerkingsovereenkomst en 1 protocol gesloten.")


def test_a_caw_is_counted_apart_and_so_is_who_is_in_no_register() -> None:
    one = authority(5, "CAW Brussel", municipalities()[:1], S.EXCHANGING, "CAW")
    stranger = authority(6, "?", [], S.EXCHANGING, "")
    found = overview((one, stranger, *first(2, S.EXCHANGING)))
    assert texts.count_kinds(found, S.EXCHANGING) == "2 OCMW's, 1 CAW en 1 van een andere soort"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (overview(first(4, S.SIGNED)), "Op 15 juni 2026 wisselde geen enkel bestuur gegevens uit."),
        (overview(), "Op 15 juni 2026 wisselde geen enkel bestuur gegevens uit."),
        (
            overview((), BEFORE),
            "Op 10 maart 2022 wisselde geen enkel bestuur gegevens uit: het decreet bestond nog niet.",
        ),
        (
            overview(first(4, S.IN_FORCE), ledger_since=None),
            "Hoeveel besturen op 15 juni 2026 gegevens uitwisselden, is niet bekend: het register van verzendingen is "
            "nog leeg.",
        ),
        (
            overview(first(4, S.IN_FORCE), date(2025, 9, 1)),
            "Hoeveel besturen op 1 september 2025 gegevens uitwisselden, is niet bekend: het register van verzendingen "
            "begint pas op 2 september 2025.",
        ),
        (
            overview(first(4, S.IN_FORCE), known_at=datetime(2026, 6, 14, 21, 59, tzinfo=UTC)),
            "Hoeveel besturen op 15 juni 2026 gegevens uitwisselden, is niet bekend: het register van verzendingen is "
            "hier maar tot 14 juni 2026 bekend.",
        ),
        (
            overview(first(4, S.IN_FORCE), known_at=datetime(2026, 6, 14, 22, tzinfo=UTC)),
            "Op 15 juni 2026 wisselde geen enkel bestuur gegevens uit.",
        ),
    ],
)  # fmt: skip
def test_nought_unknown_and_too_early_are_three_answers(found: Overview, expected: str) -> None:
    assert texts.answer(found)[0] == expected


def test_the_ledger_begins_by_the_calendar_of_brussels() -> None:
    late = datetime(2025, 9, 1, 22, 5, tzinfo=UTC)
    assert not overview((), date(2025, 9, 1), ledger_since=late).drops_known
    assert overview((), date(2025, 9, 2), ledger_since=late).drops_known
    assert overview((), LEDGER.date()).drops_known


def test_without_any_paper_it_says_so() -> None:
    assert "Er was nog geen samenwerkingsovereenkomst en geen protocol gesloten." in texts.answer(overview())


def other_flow(one: Authority) -> Authority:
    papers = tuple(replace(paper, legal_basis="gdpr-art-6-1-e", state=PaperState.OTHER_FLOW) for paper in one.papers)
    return replace(one, papers=papers)


def test_papers_of_another_flow_are_not_in_the_answer() -> None:
    others = tuple(other_flow(one) for one in first(5, S.SIGNED))
    found = overview((*first(2, S.EXCHANGING), *others))
    found = replace(found, counts=count_papers(found.authorities, DAY))
    assert texts.signed(found, PaperKind.PROTOCOL) == texts.in_force(found, PaperKind.PROTOCOL) == 2


def test_the_window_of_one_day_is_that_day() -> None:
    meaning = texts.state_meanings(overview((), window_days=1))
    assert meaning[S.EXCHANGING].endswith("er was een levering op die dag zelf")
    assert "in de 3 dagen tot en met die dag" in texts.state_meanings(overview((), window_days=3))[S.EXCHANGING]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (overview(everyone([S.NONE]), BEFORE), "Op 10 maart 2022 kon er nog niets gedeeld worden"),
        (overview(), "De registers bevatten op 15 juni 2026 geen enkel OCMW of CAW."),
        (overview(everyone([S.NONE])), "Op 15 juni 2026 heeft geen enkel bestuur een samenwerkingsovereenkomst of een"),
    ],
)
def test_in_place_of_an_empty_map_there_is_a_sentence(found: Overview, expected: str) -> None:
    assert texts.no_map(found).startswith(expected)
    assert texts.no_map(found).endswith("Daarom staat hier geen kaart.")


def test_one_signature_is_enough_for_a_map() -> None:
    assert texts.no_map(overview((*first(300, S.NONE), *first(1, S.SIGNED)))) == ""


def test_in_place_of_an_empty_timeline_there_is_a_sentence() -> None:
    assert texts.no_timeline(overview((), BEFORE)).startswith("De tijdlijn begint met het decreet, in maart 2022")
    assert texts.no_timeline(overview((), months=months(grown=0))).startswith("Er was nog niets gesloten")
    assert texts.no_timeline(overview()) == ""


def test_unknown_months_are_explained_only_where_there_are_any() -> None:
    assert "het register van verzendingen begint pas op 2 september 2025" in texts.unknown_months(overview())
    both = texts.unknown_months(
        overview((), months=(*months()[:-1], replace(months()[-1], authorities_exchanging=None)),
                 known_at=datetime(2026, 6, 1, tzinfo=UTC))
    )  # fmt: skip
    assert both.endswith("begint pas op 2 september 2025 en is hier maar tot 1 juni 2026 bekend.")
    known = tuple(replace(one, authorities_exchanging=0) for one in months())
    assert texts.unknown_months(overview((), months=known)) == ""


def test_every_word_of_the_model_has_its_dutch() -> None:
    assert set(texts.STATES) == set(AuthorityState) == set(texts.state_meanings(overview()))
    assert set(texts.KINDS) == set(PaperKind)
    assert set(texts.PAPER_STATES) == set(PaperState)


def test_a_legal_basis_is_named_as_the_register_does_unless_it_is_ours() -> None:
    assert texts.legal_basis("decree-2022-02-04") == "decreet van 4 februari 2022"
    assert texts.legal_basis("gdpr-art-6-1-e") == "gdpr-art-6-1-e"
    assert texts.legal_basis("") == "niet vermeld"
