"""The annex: two pages whatever it holds, every name that fits on them, and the same bytes each time."""

import re
from dataclasses import replace
from datetime import UTC, date
from functools import cache
from io import BytesIO
from itertools import product

import pytest
from pypdf import PdfReader

from pipeline.answers.overview.annex import BASIS_LENGTH, NAMES, overview_pdf
from pipeline.answers.overview.model import AuthorityState, Municipality, Overview, PaperKind, PaperState
from pipeline.answers.overview.texts import answer
from pipeline.core.model import Kbo
from tests.support.worlds.overviews import KNOWN, authority, everyone, first, municipalities, overview, paper

S = AuthorityState
NASTY = "<b>&amp; #strong[x] $y$ \\ `z` _u_ *v* \"w\" 'q' // /* Ğülşen"
LATIN = "àâäçéèêëîïôöùûüÿñ ŁłŚśŞşĞğİıŐőŰű ẞß ẠạẾế ’‘“”–—… €"
NO_FONT = ("\x00\x0b\ufffe", "汉字", "😀", "עברית", "Ωмир", "a\u0301\u200b\ufeff", "\ue000\u2028")


@cache
def read(found: bytes) -> PdfReader:
    return PdfReader(BytesIO(found))


def texts(found: bytes) -> list[str]:
    """Of each page, without white space and without the hyphens of words that are broken over two lines."""
    return [squeezed(page.extract_text()) for page in read(found).pages]


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u2010-]", "", text)


@pytest.mark.parametrize(("number", "state"), [*product((1, 150, 304), S), (0, S.NONE)])
def test_it_is_two_pages_with_any_number_in_any_state(number: int, state: AuthorityState) -> None:
    found = overview(first(number, state))
    made = overview_pdf(found)
    pages = texts(made)
    assert len(pages) == 2
    assert squeezed(answer(found)[0]) in pages[0]
    for one in found.authorities:
        assert (squeezed(one.name) in pages[1]) == (state is not S.NONE)


def test_it_is_on_a4(made_of_all: bytes) -> None:
    for page in read(made_of_all).pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


@pytest.fixture(scope="module")
def made_of_all() -> bytes:
    return overview_pdf(overview(everyone()))


def test_every_name_stands_under_its_state(made_of_all: bytes) -> None:
    found = overview(everyone())
    listed = texts(made_of_all)[1]
    at = [listed.index(squeezed(f"{name} ({len(found.of(state))})")) for name, state in (
        ("Wisselt uit", S.EXCHANGING), ("Van kracht", S.IN_FORCE), ("Te vernieuwen", S.TO_BE_RENEWED),
        ("Ondertekend", S.SIGNED),
    )]  # fmt: skip
    assert at == sorted(at)
    for begins, ends, state in zip(at, [*at[1:], None], reversed(S), strict=False):
        assert all(squeezed(one.name) in listed[begins:ends] for one in found.of(state))


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (overview(), "De registers bevatten op 15 juni 2026 geen enkel OCMW of CAW. Daarom staat hier geen kaart."),
        (overview(everyone([S.NONE]), date(2022, 3, 10)), "Op 10 maart 2022 kon er nog niets gedeeld worden"),
        (overview(everyone([S.NONE])), "Op 15 juni 2026 heeft geen enkel bestuur een samenwerkingsovereenkomst of"),
        (overview(first(3, S.IN_FORCE), ledger_since=None), "het register van verzendingen is nog leeg"),
    ],
)  # fmt: skip
def test_with_little_to_tell_it_is_two_pages_that_say_why(found: Overview, says: str) -> None:
    pages = texts(overview_pdf(found))
    assert len(pages) == 2 and squeezed(says) in pages[0]


def crowded() -> Overview:
    """More than two pages can hold of everything."""
    long = "Een lange naam van een bestuur dat eigenlijk niet bestaat en dus ook niets deelt, met haken (zoals deze)"
    every = municipalities()
    many = tuple(authority(n, f"{long} {n}", every[n % 50 : n % 50 + 2], tuple(S)[n % 5]) for n in range(900))
    bases = tuple(
        paper(f"PR-{n}", PaperKind.PROTOCOL, Kbo("1999000000"), PaperState.OTHER_FLOW, None) for n in range(30)
    )
    bases = tuple(replace(one, legal_basis=f"grond {n} {long}") for n, one in enumerate(bases))
    unknown = tuple(Municipality(f"9{n:04}", f"Nieuwstad {n}", "Limburg") for n in range(400))
    crowd = (replace(many[0], papers=many[0].papers + bases, municipalities=unknown), *many[1:])
    return overview(crowd, remarks=tuple(f"{n} {long * 9}" for n in range(40)))


def test_what_does_not_fit_on_two_pages_is_said_to_stand_elsewhere() -> None:
    found = crowded()
    pages = texts(overview_pdf(found))
    assert len(pages) == 2
    assert "Nog36opmerkingen:ziedewebpagina" in pages[0]
    assert re.search(r"Nog\d+rechtsgronden:ziedewebpagina", pages[0])
    assert re.search(r"Nog\d+namen:ziedewebpagina", pages[1])
    assert len(found.authorities) > NAMES and BASIS_LENGTH < 100


@pytest.fixture(scope="module")
def oddly_named() -> list[str]:
    """The texts of an overview whose authorities and remarks have every odd name."""
    names = [NASTY, LATIN, *(f"OCMW {letters} {n}" for n, letters in enumerate(NO_FONT))]
    found = [
        authority(n, name, [place], S.EXCHANGING)
        for n, (name, place) in enumerate(zip(names, municipalities(), strict=False), 1)
    ]
    return texts(overview_pdf(overview(found, remarks=(NASTY, " ".join(names[2:])))))


def test_names_are_text_and_never_markup(oddly_named: list[str]) -> None:
    assert squeezed(NASTY) in oddly_named[0]
    assert squeezed(NASTY[:50]) in oddly_named[1]


@pytest.mark.parametrize("letters", NO_FONT)
def test_letters_that_no_font_has_do_not_keep_the_annex_from_being_made(letters: str, oddly_named: list[str]) -> None:
    assert len(oddly_named) == 2
    for page in oddly_named:
        assert re.search(rf"OCMW\D*\?\D*{NO_FONT.index(letters)}", page)


def test_latin_letters_all_stay(oddly_named: list[str]) -> None:
    assert squeezed(LATIN) in oddly_named[1]


def test_it_is_tagged_titled_in_dutch_and_every_picture_has_words(made_of_all: bytes) -> None:
    catalog = read(made_of_all).trailer["/Root"]
    assert catalog["/Lang"] == "nl" and catalog["/MarkInfo"]["/Marked"]
    assert "pdfuaid" in str(catalog["/Metadata"].get_data())
    alts = _alts(catalog["/StructTreeRoot"])
    assert len(alts) == 3
    assert alts[0].startswith("Kaart van Vlaanderen en Brussel op 15 juni 2026") and "gemeenten)" in alts[0]


def _alts(element: object) -> list[str]:
    """The words in place of pictures, in the order of reading."""
    found = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(found, list):
        return [alt for one in found for alt in _alts(one)]
    if not isinstance(found, dict):
        return []
    own = [str(found["/Alt"])] if "/Alt" in found else []
    return own + (_alts(found["/K"]) if "/K" in found else [])


def test_it_brings_its_fonts_along(made_of_all: bytes) -> None:
    for page in read(made_of_all).pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor) and "Libertinus" in descriptor["/FontName"]


def test_the_same_overview_gives_the_same_bytes_dated_by_what_was_known(made_of_all: bytes) -> None:
    assert overview_pdf(overview(everyone())) == made_of_all
    later = overview(everyone(), known_at=KNOWN.replace(year=2027))
    assert overview_pdf(later) != made_of_all
    made = read(made_of_all).metadata
    assert made is not None and made.creation_date is not None
    assert made.creation_date.astimezone(UTC) == KNOWN
