"""The answer to an art. 15 request of one parent, in Dutch. Pure: no I/O and no clock.

It names what was shared by field, with whom, when and under which papers. It holds no name, address, contact or
number of anybody, and nothing of the other parent or of children: where the gate's reason is about the family as a
whole, it says no more than that (art. 15(4); docs/decisions/0016).
"""

from collections.abc import Iterable

from pipeline.answers.lookup import What
from pipeline.answers.person.consents import consents
from pipeline.answers.person.decisions import decided, withdrawn
from pipeline.answers.person.deliveries import shared
from pipeline.answers.person.facts import Known
from pipeline.answers.texts import NOT_IN_IT, ONLY, RIGHTS, WHY, Agency
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Document, Facts, Items, Section, Table, Text


def person_report(known: Known, agency: Agency) -> Document:
    """The same facts give the same document; `agency` is how the agency names itself and can be reached."""
    question = known.question
    by = "het rijksregister- of BIS-nummer" if question.insz else "het dossiernummer van de ouder"
    return Document(
        title="Inzage: met wie uw contactgegevens zijn gedeeld",
        subtitle="Antwoord op een verzoek om inzage (artikel 15 van de Algemene verordening gegevensbescherming, AVG)",
        made=f"Opgemaakt op {dutch.instant(question.at)}",
        footer=f"Inzage, kenmerk {question.reason}",
        facts=Facts(
            (
                ("Verwerkingsverantwoordelijke", agency.name),
                ("Kenmerk van het verzoek", question.reason),
                ("Opgezocht met", by),
            )
        ),
        sections=tuple(_sections(known, agency)),
    )


def _sections(known: Known, agency: Agency) -> Iterable[Section]:
    yield Section("In het kort", (Text(_in_short(known), "notice"), *_warnings(known), Text(ONLY)))
    yield Section("Wat met wie is gedeeld", shared(known))
    yield Section("Waarom, en op welke grond", tuple(Text(text) for text in WHY))
    yield Section("Uw toestemmingen en intrekkingen", consents(known))
    yield Section("Wat ontvangers niet meer mogen gebruiken", withdrawn(known))
    yield Section("De laatste beslissing", decided(known))
    yield Section("Welke gegevens nu zijn ingevuld", _filled(known))
    yield Section("Wanneer iets over u is opgezocht", _looked_up(known))
    yield Section("Hoe lang dit wordt bewaard", _kept(known))
    yield Section("Uw rechten", (Items(RIGHTS), *(Text(line) for line in agency.contact)))
    yield Section("Wat niet in dit document staat", (Items(NOT_IN_IT),))


def _in_short(known: Known) -> str:
    if not known.given:
        there = "Over u is in dit bestand niets gekend" if not known.rows else "Tot nu toe is niets van u gedeeld"
        return f"{there}: het register van verzendingen bevat geen enkele levering met gegevens van u."
    nights, drops = [one.line.night for one in known.given], len({one.line.drop for one in known.given})
    given = dutch.fields({field for one in known.given for field in one.line.disclosure.fields})
    to = dutch.both(
        [dutch.recipient(kbo, known.names.get(kbo)) for kbo in dict.fromkeys(one.line.kbo for one in known.given)]
    )
    when = f"van {dutch.day(nights[0])} tot en met {dutch.day(nights[-1])}"
    return (
        f"Gedeeld: {given}. Met: {to}. In {dutch.count(drops, 'levering', 'leveringen')}, "
        f"{when if len(set(nights)) > 1 else f'van {dutch.day(nights[0])}'}."
    )


def _warnings(known: Known) -> Iterable[Block]:
    if any(one.other_number for one in known.given):
        yield Text(
            "Let op: leveringen met een * zijn geregistreerd onder dit nummer, maar het dossier waaruit ze kwamen, "
            "draagt nu een ander nummer. Is dat ook een nummer van u, vraag dan ook daarmee inzage.",
            "notice",
        )
    if any(not one.delivered.certain for one in known.given):
        yield Text("Bij een levering die 'niet bevestigd' is, is nog niet vastgesteld of ze is aangekomen.", "notice")


def _filled(known: Known) -> tuple[Block, ...]:
    if not known.rows:
        return (Text("Er is nu geen dossier van u, en dus is er niets ingevuld."),)
    rows = tuple(tuple(_says(field in row.filled) for field in dutch.FIELDS) for row in known.rows)
    columns = tuple(name.capitalize() for name in dutch.FIELDS.values())
    return (Table("In uw dossier", columns, (1,) * len(columns), rows),)


def _says(is_filled: bool) -> str:
    return "ingevuld" if is_filled else "niet ingevuld"


_ASKED = {
    What.PERSON: "een inzage zoals deze",
    What.EXPLAIN: "een uitleg bij een beslissing over u",
    What.DECIDE: "beslissingen van een nacht",
    What.PREVIEW: "een voorbeeld van een nacht",
    What.REGISTER: "het register",
}


def _looked_up(known: Known) -> tuple[Block, ...]:
    """When and what for (CJEU C-579/21), not by whom; the reason is free text, which may speak of somebody else."""
    if not known.look_ups:
        return (Text("Voor deze opzoeking werd nog niets over u opgezocht."),)
    rows = tuple((dutch.instant(one.at), _ASKED[one.what]) for one in known.look_ups)
    return (Table("Vóór deze opzoeking", ("Op", "Wat"), (1, 2), rows),)


def _kept(known: Known) -> tuple[Block, ...]:
    first, detailed = known.first_night, known.detailed_since
    if first is None:
        since = "Het register van verzendingen bevat nog geen leveringen."
    elif detailed is None:
        since = "Van alle leveringen is de bewaartermijn voorbij: het register zegt niet meer over wie ze gingen."
    elif detailed > first:
        since = (
            f"Het register zegt van leveringen sinds {dutch.day(detailed)} over wie ze gingen. Van oudere (vanaf "
            f"{dutch.day(first)}) kan de bewaartermijn voorbij zijn: dan staat er niet meer in over wie ze gingen, en "
            "kan dit document ze niet noemen."
        )
    else:
        since = f"Het register zegt van alle leveringen sinds de eerste, van {dutch.day(first)}, over wie ze gingen."
    return (
        Text("Een ontvanger mag uw gegevens bewaren zolang het protocol toelaat; elk protocol is gepubliceerd."),
        Text(since),
    )
