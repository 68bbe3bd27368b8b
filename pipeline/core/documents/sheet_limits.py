"""What a sheet of Excel cannot hold ends in a sentence: a longer text in the cell, more rows as an error. Pure."""

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import TerminalError

MOST_ROWS = 1_048_575
"""Below the header line."""
MOST_OF_A_CELL = 32_767
"""Excel counts UTF-16: a character beyond the first 65,536, such as an emoji, is two."""
TOO_LONG = "(Deze tekst is te lang voor een cel van Excel. Vraag hem aan Opgroeien.)"


def refuse_too_many_rows(sheet: str, rows: int) -> None:
    """Raises TerminalError."""
    if rows > MOST_ROWS:
        raise TerminalError(
            f"sheet {sheet}: {rows} rows, and a sheet of Excel holds {MOST_ROWS}; nothing was written: "
            "take xlsx out of the recipient's formats"
        )


def fitting(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same texts, a sentence in the place of one that is too long for a cell."""
    most = pc.max(pc.binary_length(texts)).as_py() or 0
    if most <= MOST_OF_A_CELL:  # UTF-8 is never shorter than UTF-16
        return texts
    return pa.chunked_array(
        [[TOO_LONG if text and _too_long(text) else text for text in texts.to_pylist()]], pa.string()
    )


def _too_long(text: str) -> bool:
    return len(text.encode("utf-16-le")) // 2 > MOST_OF_A_CELL
