"""A document's two forms: one HTML file that needs nothing else, and a PDF. The same document gives the same bytes.

The text goes in as data, never as markup: into HTML by jinja2 with escaping, into the PDF as JSON to typst. Typst
uses the fonts that it brings along, never those of the machine, and fetches nothing.
"""

import json
import re
from dataclasses import asdict
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from pipeline.core.documents.document import Document
from pipeline.core.errors import TerminalError
from pipeline.core.staging import private_folder, writing

TEMPLATES = Path(__file__).with_name("templates")
_html = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


_HYPHENED = re.compile(r"\w+(?:-\w+)+")


def _unbroken(text: str) -> Markup:
    """Escaped, with words such as e-mail and 05-01-2026 kept on one line."""
    parts, kept = _HYPHENED.split(text), _HYPHENED.findall(text)
    spans = [
        Markup('<span class="unbroken">{}</span>').format(word) if len(word) < 20 else escape(word) for word in kept
    ]
    return Markup("").join(piece for pair in zip_longest(map(escape, parts), spans, fillvalue="") for piece in pair)


_html.filters["unbroken"] = _unbroken


def write_document(document: Document, made_at: datetime, folder: Path, stem: str) -> tuple[Path, Path]:
    """`folder`/`stem`.html and .pdf, in a folder and readable for its owner alone; what is there is never overwritten.

    Raises TerminalError when one of them is there already.
    """
    private_folder(folder)
    paths = folder / f"{stem}.html", folder / f"{stem}.pdf"
    if any(path.exists() for path in paths):
        raise TerminalError(f"{stem} is in {folder} already, and is not overwritten: name another folder")
    for path, content in zip(paths, (html(document).encode(), pdf(document, made_at)), strict=True):
        with writing(path) as part:
            part.write_bytes(content)
    return paths


def html(document: Document) -> str:
    """One page without scripts, with its style in it; it prints well."""
    return rendered("document.html.jinja", document=_plain(document))


def pdf(document: Document, made_at: datetime) -> bytes:
    """Tagged for screen readers (PDF/UA-1); `made_at` is the date in its properties."""
    return typeset("document.typ", {"document": json.dumps(_plain(document), ensure_ascii=False)}, made_at)


def rendered(template: str, **values: object) -> str:
    """One of the templates, every value escaped that is not Markup."""
    return _html.get_template(template).render(**values)


def typeset(template: str, inputs: dict[str, str], made_at: datetime) -> bytes:
    """One of the templates as PDF/UA-1, with `inputs` as its `sys.inputs`."""
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        sys_inputs=inputs,
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=made_at.replace(microsecond=0),
        format="pdf",
    )


def _plain(document: Document) -> dict[str, object]:
    """Every block with its kind, as templates ask for it."""
    sections = [
        {
            "heading": section.heading,
            "blocks": [{"kind": type(block).__name__.lower()} | asdict(block) for block in section.blocks],
        }
        for section in document.sections
    ]
    return asdict(document) | {"sections": sections}
