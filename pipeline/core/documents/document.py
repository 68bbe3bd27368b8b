"""A document before it has a form: headings, paragraphs, lists and tables of plain text. Pure.

What it says is made once, in Python; `adapters/documents.py` gives it its two forms, HTML and PDF, which therefore
cannot differ in a figure.
"""

from dataclasses import dataclass


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
    """What is called how: pairs of a name and a text."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the page, one a column; a cell's lines are separated by a line feed."""

    caption: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in (self.widths, *self.rows)):
            raise ValueError(f"table {self.caption}: every row has a cell for each column")


Block = Text | Items | Facts | Table


@dataclass(frozen=True)
class Section:
    """One heading with what stands under it."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """`made` says when, in words; `footer` stands at the foot of every page."""

    title: str
    subtitle: str
    made: str
    footer: str
    facts: Facts
    sections: tuple[Section, ...]
