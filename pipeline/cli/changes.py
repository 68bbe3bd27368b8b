"""The command `changes`, for a recipient: in Dutch, as `verify` is, on the recipient's own machine."""

import sys
from argparse import Namespace

import pyarrow as pa

from pipeline.core.documents.cells import text_column
from pipeline.core.documents.xlsx import Footer, Worksheet, xlsx_bytes
from pipeline.delivery.verify import (
    COMPARED,
    EXIT_IMPOSSIBLE,
    DropComparison,
    VerifyImpossible,
    VerifyReport,
    compare_drops,
    comparison_csv,
    report_text,
    shown,
    verify_as_asked,
    write_comparison,
)


def changes_command(options: Namespace) -> int:
    """Compare two drops in a folder, and write what changed as CSV and XLSX; ends as `verify` does."""
    try:
        report = _compared(options)
    except (VerifyImpossible, OSError) as error:
        says = f"{options.folder}: kan niet gelezen worden ({error.strerror})" if isinstance(error, OSError) else error
        print(shown(str(says)), file=sys.stderr)
        return EXIT_IMPOSSIBLE
    print(shown(report_text(report)))
    return report.exit_code


def _compared(options: Namespace) -> VerifyReport:
    report = compare_drops(options.folder, verify_as_asked(options), options.since, options.new)
    if made := report.comparison:
        files = {"csv": comparison_csv(made), "xlsx": comparison_xlsx(made)}
        for path in write_comparison(options.folder, made, files):
            print(shown(str(path)))
    return report


def comparison_xlsx(comparison: DropComparison) -> bytes:
    """The same as the CSV."""
    rows = [(row.reference, row.stand, ", ".join(row.columns)) for row in comparison.rows]
    columns = {name: text_column([row[place] for row in rows]) for place, name in enumerate(COMPARED)}
    return xlsx_bytes([Worksheet("Wijzigingen", pa.table(columns))], Footer(comparison.drop, "Vertrouwelijk"))
