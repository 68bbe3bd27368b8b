"""A document as one HTML file that needs nothing else, and as a PDF. The same document gives the same bytes.

A template receives text as data, never as markup: jinja2 escapes the text for HTML, typst reads the text as JSON.
Typst uses the fonts of its own package, never those of the machine, and fetches nothing.
"""

import json
import re
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import zip_longest
from pathlib import Path
from unicodedata import normalize

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from pipeline.core.documents.document import Block, Document, Facts, Items, Text
from pipeline.core.documents.table import Table
from pipeline.core.errors import TerminalError
from pipeline.core.staging import private_folder, writing

TEMPLATES = files("pipeline.core.documents")
COUNTS = TEMPLATES / "counts.html.jinja"
"""A page of counts beside a run's Data Docs; a cell is a number, or a Text of tone "", "number" or "failed"."""
_HYPHENED = re.compile(r"\b\w+(?:-\w+)+")
_NO_GLYPH = re.compile(
    "[^\n\x20-\x7e\xa0-\u024f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20ac\u2192\u2212\u2260-\u2265]"
)
"""Characters outside Latin: PDF/UA refuses the whole document for one letter that typst's fonts do not have."""
_LONGEST = 2_000
"""Characters of one text in a PDF: no text of ours is longer, and a feed's may fill hundreds of pages."""


def write_document(document: Document, made_at: datetime, folder: Path, stem: str, **forms: bytes) -> tuple[Path, ...]:
    """Write `folder`/`stem`.html and .pdf, and its other `forms` by suffix, which only their owner can read.

    An existing file is never overwritten: raises TerminalError when one of them exists.
    """
    private_folder(folder)
    contents = {"html": document_html(document).encode(), "pdf": document_pdf(document, made_at), **forms}
    paths = {folder / f"{stem}.{suffix}": content for suffix, content in contents.items()}
    if any(path.exists() for path in paths):
        raise TerminalError(f"{stem} is in {folder} already, and is not overwritten: name another folder")
    for path, content in paths.items():
        with writing(path) as part:
            part.write_bytes(content)
    return tuple(paths)


def document_html(document: Document) -> str:
    """One page without scripts, with its style inside; the page prints well."""
    return render_html(TEMPLATES / "document.html.jinja", document=_plain(document))


def document_pdf(document: Document, made_at: datetime) -> bytes:
    """Tagged for screen readers (PDF/UA-1); `made_at` is the date in the PDF's properties."""
    inputs = {"document": json.dumps(_printable(_plain(document)), ensure_ascii=False)}
    return render_pdf(TEMPLATES / "document.typ", inputs, made_at)


def document_json(document: Document) -> bytes:
    """The same document for a program: each table as one object a row, by column; UTF-8 JSON."""
    sections = {heading: [_for_a_program(block) for block in blocks] for heading, blocks in document.sections.items()}
    content = {
        "titel": document.title,
        "ondertitel": document.subtitle,
        "opgemaakt": document.made,
        "kenmerken": dict(document.facts.rows),
        "onderdelen": sections,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def printable(text: str) -> str:
    """As a PDF can show it: a feed's text may hold anything, and must not hinder the whole document."""
    shown = _NO_GLYPH.sub("?", normalize("NFC", text[: _LONGEST + 1]))
    return shown if len(text) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def render_html(template: Traversable, **values: object) -> str:
    """A jinja2 template of a package; every value that is not Markup is escaped."""
    return _compiled(template.read_text("utf-8")).render(**values)


def render_pdf(template: Traversable, inputs: dict[str, str], made_at: datetime) -> bytes:
    """A typst template of a package as PDF/UA-1, with `inputs` as its `sys.inputs`."""
    import typst  # only for a PDF: every task that writes a page of counts would wait for the import

    return typst.compile(
        template.read_bytes(),
        sys_inputs=inputs,
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=made_at.replace(microsecond=0),
        format="pdf",
    )


@cache
def _compiled(source: str) -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["unbroken"] = _unbroken
    return environment.from_string(source)


def _unbroken(text: str) -> Markup:
    """Escaped, with words such as e-mail and 2021-2025 kept on one line."""
    parts, kept = _HYPHENED.split(text), _HYPHENED.findall(text)
    spans = [
        Markup('<span class="unbroken">{}</span>').format(word) if len(word) < 20 else escape(word) for word in kept
    ]
    return Markup("").join(piece for pair in zip_longest(map(escape, parts), spans, fillvalue="") for piece in pair)


def _plain(document: Document) -> dict[str, object]:
    """The document as dictionaries; each block also has its kind, for the templates."""
    sections = [
        {"heading": heading, "blocks": [{"kind": type(block).__name__.lower()} | asdict(block) for block in blocks]}
        for heading, blocks in document.sections.items()
    ]
    return asdict(document) | {"sections": sections}


def _for_a_program(block: Block) -> object:
    match block:
        case Table():
            return {block.caption: [dict(zip(block.columns, row, strict=True)) for row in block.texts]}
        case Facts():
            return dict(block.rows)
        case Items():
            return list(block.items)
        case Text():
            return block.text


def _printable(value: object) -> object:
    """With every text in it as `printable` has it."""
    match value:
        case str():
            return printable(value)
        case dict():
            return {name: _printable(each) for name, each in value.items()}
        case list() | tuple():
            return [_printable(each) for each in value]
    return value
