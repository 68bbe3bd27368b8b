"""A document before it becomes HTML or PDF: headings, paragraphs, lists and tables of plain text. Pure.

Python makes every text and figure once; html_pdf.py renders both forms, which therefore cannot differ in a figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.documents.table import Table


@dataclass(frozen=True)
class Text:
    """One paragraph; `tone` is "" or "notice" (set apart, to be read first)."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Pairs of a name and a text. `missing`: the names of which the text says that something is missing, in red."""

    rows: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = ()


Block = Text | Items | Facts | Table


@dataclass(frozen=True)
class Document:
    """`made` gives the date in words; `footer` stands at the foot of every page; `sections`: blocks by heading."""

    title: str
    subtitle: str
    made: str
    footer: str
    facts: Facts
    sections: Mapping[str, tuple[Block, ...]]
