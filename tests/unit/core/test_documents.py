"""A document as HTML and PDF: the same words in both, as text and never as markup, and the same bytes each time."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from pipeline.core.documents.document import Document, Facts, Items, Text
from pipeline.core.documents.html_pdf import document_html, document_pdf, printable, write_document
from pipeline.core.documents.table import Table
from pipeline.core.errors import TerminalError
from tests.support.answers import texts

AT = datetime(2026, 6, 15, 1, 30, 0, 77, tzinfo=UTC)
NASTY = "<b>&amp; #strong[x] $y$ \\ `z` _u_ *v* \"w\" 'q' {{ 1 }} {% raw %} @ref // /* Ğülşen Łódź ł"
DOCUMENT = Document(
    title="Een titel",
    subtitle=NASTY,
    made="Opgemaakt op 15 juni 2026",
    footer="Kenmerk INZ-1",
    facts=Facts((("Naam", "een\ntwee"),)),
    sections={
        "Eerst": (Text("Gewoon."), Text("Let op.", "notice"), Items(("punt", NASTY))),
        "Dan": (Table("Bijschrift", ("a", "b"), (("cel", NASTY), ("x\ny", "z")), (1, 2)), Facts((("k", "w"),))),
        "Leeg": (Items(()), Table("Niets", ("a",), (), (1,))),
    },
)


class Read(HTMLParser):
    """What a browser would show, and the tags that stand in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said, self.tags = "", []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += f" {data}"


def printed(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def squeezed(text: str) -> str:
    """Without white space, and without the hyphen of a word that is broken over two lines."""
    return re.sub(r"[\s\u00ad\u2010-]", "", text)


def test_both_say_all_of_it_as_it_stands() -> None:
    on_page, on_paper = squeezed(Read(document_html(DOCUMENT)).said), squeezed(printed(document_pdf(DOCUMENT, AT)))
    for text in texts(DOCUMENT):
        assert squeezed(text) in on_page
        assert squeezed(text) in on_paper


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = document_html(DOCUMENT)
    tags = Read(page).tags
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in tags}
    assert not any(name in ("src", "href") or name.startswith("on") for _, attributes in tags for name in attributes)
    assert "url(" not in page and "@import" not in page and "http" not in page


def test_the_page_is_accessible() -> None:
    tags = Read(document_html(DOCUMENT)).tags
    assert ("html", {"lang": "nl"}) in tags
    assert [tag for tag, _ in tags if re.fullmatch("h[1-6]", tag)] == ["h1", "h2", "h2", "h2"]
    headers = [attributes for tag, attributes in tags if tag == "th"]
    assert headers and all(each == {"scope": "col"} for each in headers)
    assert [tag for tag, _ in tags].count("caption") == [tag for tag, _ in tags].count("table") == 2
    named = [attributes["aria-labelledby"] for tag, attributes in tags if tag == "section"]
    assert named == [attributes["id"] for tag, attributes in tags if tag == "h2"]


def test_a_date_stays_on_one_line_and_what_is_markup_stays_text() -> None:
    cells = (("tot 05-01-2026", "<a-b>"), ("x", "een-woord-dat-langer-is-dan-een-kolom"))
    page = document_html(replace(DOCUMENT, sections={"S": (Table("T", ("a", "b"), cells, (1, 1)),)}))
    assert 'tot <span class="unbroken">05-01-2026</span>' in page
    assert '&lt;<span class="unbroken">a-b</span>&gt;' in page and "<td>een-woord-dat" in page


def test_the_pdf_is_tagged_titled_and_in_dutch() -> None:
    read = PdfReader(BytesIO(document_pdf(DOCUMENT, AT)))
    catalog = read.trailer["/Root"]
    assert catalog["/Lang"] == "nl" and catalog["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in catalog
    assert read.metadata is not None and read.metadata.title == "Een titel"
    assert b"pdfuaid:part" in document_pdf(DOCUMENT, AT) or "pdfuaid" in str(catalog["/Metadata"].get_data())


def test_the_pdf_brings_its_fonts_along() -> None:
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for page in PdfReader(BytesIO(document_pdf(DOCUMENT, AT))).pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts and all({"/FontFile2", "/FontFile3"} & set(font.get_object()) for font in fonts)
    assert all("Libertinus" in font.get_object()["/FontName"] for font in fonts)


def test_the_same_document_gives_the_same_bytes_and_another_instant_others() -> None:
    assert document_html(DOCUMENT) == document_html(DOCUMENT)
    assert document_pdf(DOCUMENT, AT) == document_pdf(DOCUMENT, AT)
    assert document_pdf(DOCUMENT, AT) != document_pdf(DOCUMENT, AT.replace(year=2027))


def test_a_long_table_goes_on_over_pages_with_its_headers() -> None:
    rows = tuple((str(number), "waarde") for number in range(200))
    long = Document("T", "s", "m", "f", Facts(()), {"S": (Table("Lang", ("Nummer", "W"), rows, (1, 1)),)})
    pages = [page.extract_text() for page in PdfReader(BytesIO(document_pdf(long, AT))).pages]
    assert len(pages) > 3 and all("Nummer" in page for page in pages)
    assert f"1 / {len(pages)}" in " ".join(pages[0].split())


def test_a_table_whose_rows_have_holes_is_refused() -> None:
    with pytest.raises(ValueError, match="every row has a cell"):
        Table("T", ("a", "b"), (("x",),), (1, 1))


def test_files_are_closed_to_others_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = write_document(DOCUMENT, AT, folder, "antwoord")
    assert [path.name for path in paths] == ["antwoord.html", "antwoord.pdf"]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600} and folder.stat().st_mode & 0o777 == 0o700
    before = [path.read_bytes() for path in paths]
    paths[1].unlink()
    with pytest.raises(TerminalError, match="not overwritten"):
        write_document(DOCUMENT, AT.replace(year=2027), folder, "antwoord")
    assert [path.name for path in folder.iterdir()] == ["antwoord.html"] and paths[0].read_bytes() == before[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoe\u0308", "Zoë"),
        ("een\ttwee", "een?twee"),
        ("\x01\x1b[2J\U0001f600\u202e", "??[2J??"),
        ("een\ntwee", "een\ntwee"),
        ("x" * 2_000, "x" * 2_000),
        ("x" * 1_000_000, "x" * 1_999 + "…"),
    ],
)
def test_any_text_of_a_feed_can_be_printed(text: str, shown: str) -> None:
    """PDF/UA refuses a document for one letter that the fonts do not have."""
    assert printable(text) == shown
    assert document_pdf(replace(DOCUMENT, subtitle=text), AT)


def test_a_long_word_costs_no_time() -> None:
    page = document_html(
        replace(DOCUMENT, sections={"Een": (Table("t", ("a",), (("x" * 1_000_000 + " e-mail",),), (1,)),)})
    )
    assert '<span class="unbroken">e-mail</span>' in page
