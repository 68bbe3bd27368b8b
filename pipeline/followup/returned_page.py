"""What recipients returned, as a page of a run's Data Docs, in Dutch: for the agency's registry and the DPO. Pure.

Numbers of files and parents, kinds and instants only; what must be looked at stands on top.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from pipeline.core.documents import dutch
from pipeline.core.documents.document import Text
from pipeline.core.documents.html_pdf import COUNTS, render_html
from pipeline.ledger.returns import ReturnedFile, ReturnedParent, ReturnKind

MOST_FILES, MOST_PARENTS = 50, 500
"""On the page, the newest; the CSV file has more."""
KINDS = {
    ReturnKind.NO_CONTACT: "geen contact meer (een neen)",
    ReturnKind.MOVED: "verhuisd",
    ReturnKind.WRONG_DATA: "foute gegevens",
}
_OVER_SHARE = (
    "{count} bestand(en) zeggen geen_contact van meer ouders dan het ingestelde aandeel: {names}. Het neen telt al. "
    "Bel de ontvanger. Was het een vergissing, maak het bestand dan ongedaan: "
    "gegevensdeling returns undo BESTAND --reason KENMERK."
)
_EXPLAINED = (
    "geen_contact telt vanaf het opnemen van het bestand als een neen voor die ontvanger alleen. Registreer het neen "
    "ook bij het agentschap. Alleen een toestemming die in beide opzichten later is, heft het op, of een bevoegde "
    "persoon (gegevensdeling returns lift). verhuisd en foute_gegevens veranderen hier niets: kijk de gegevens van die "
    "ouder na. Een ouder zonder rij staat niet in de lijst."
)
_COLUMNS = ("ouder", "soort", "ontvanger", "teruggekomen op", "opgeheven")


def returned_page(
    files: Sequence[ReturnedFile],
    over: Sequence[ReturnedFile],
    parents: Sequence[ReturnedParent],
    at: datetime,
    csv_name: str,
) -> str:
    """HTML of all, newest first; `over`: the files over the set share. `csv_name`: the file beside it, with every
    parent."""
    intro = [Text(f"Op {dutch.clock_instant(at)}: {_counts(parents)}.")]
    if over:
        names = ", ".join(file.name for file in over[-MOST_FILES:])
        intro = [Text(_OVER_SHARE.format(count=len(over), names=names), "failed"), *intro]
    newest = sorted(files, key=lambda file: file.at, reverse=True)[:MOST_FILES]
    return render_html(
        COUNTS,
        title="Wat ontvangers teruggaven",
        lang="nl",
        intro=intro,
        heading="Per ouder",
        columns=_COLUMNS,
        rows=[_row(parent) for parent in parents[:MOST_PARENTS]],
        folded={},
        notes=[
            _shown(len(parents), csv_name),
            _EXPLAINED,
            f"De nieuwste bestanden: {'; '.join(map(_of_file, newest)) or 'geen'}.",
        ],
    )


def _counts(parents: Sequence[ReturnedParent]) -> str:
    found = Counter(parent.kind for parent in parents)
    return ", ".join(f"{found[kind]} keer {kind}" for kind in ReturnKind)


def _row(parent: ReturnedParent) -> list[int | Text]:
    at, lifted = dutch.clock_instant(parent.at), "ja" if parent.lifted else ""
    return [
        Text(str(parent.parent_id)),
        Text(KINDS[parent.kind]),
        Text(dutch.recipient(parent.kbo, None)),
        *(Text(at), Text(lifted)),
    ]


def _shown(count: int, csv_name: str) -> Markup:
    rest = f"De nieuwste {MOST_PARENTS} van {count}. " if count > MOST_PARENTS else ""
    return Markup('{}<a href="{}">De hele lijst als CSV</a>').format(rest, csv_name)


def _of_file(file: ReturnedFile) -> str:
    said = f"{file.rows} rij(en), {len(file.refused)} geweigerd" if not file.fault else f"geweigerd: {file.fault}"
    return f"{file.name} van {dutch.clock_instant(file.at)} ({said})"
