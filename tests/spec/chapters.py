"""The chapters of docs/gate.md and the page docs/poort.md, with placeholders that `tests.spec.generate` fills."""

OPENING = """# The gate

Who is let through, who is withheld, and why; for whoever has to answer for it. In Dutch, the thirteen reasons:
[poort.md](poort.md).

Every night the gate looks at each parent of the population: the parents of a young child whose family was assessed (see
[who is decided on](#{population})). Each ends as **released** to exactly one recipient, the OCMW (or CAW Brussel)
of the place where that parent lives, or as **withheld with exactly one reason**. Unknown, contradictory or stale means
withheld, and no setting bypasses the gate.

This document is generated from the tables in `tests/spec/` by `python -m tests.spec`; do not edit it here. Each of its
{cases} cases is a test that two programs have to pass: the gate itself, and an independent reference written from the
domain's text alone. Whoever changes a rule changes this document, or the tests fail. All persons are made up.
"""

REASONS = """## The thirteen reasons, in order

{table}

**D** is the day of the decision, as the calendar in Brussels has it. `<=` reads *on or before*, `<` *before*, and NULL
*not filled in*. **In force** is explained under [6](#{agreement}) and [8](#{protocol}).

**The first reason that applies is the only one that is recorded.** The rules are asked in this order, and the first
"yes" ends it. So a parent who died, and had withdrawn consent as well, is counted once, under `deceased`. A reason
tells what stopped the row first, not everything that would have stopped it: mending it may bring up the next one.
Released and withheld always add up to the population. No recipient ever learns a reason.
"""

HOW_TO_READ = """## How to read a case

All cases start from [the same world](#{baseline}), in which everything is in order: one family in Gent, one parent,
one child, papers in force and consent given. A case tells only *what differs* from it: a table of the agency's that it
names holds the rows listed there, and each row is as in that world but for the columns listed. "**And**" begins the
next row; "as in the baseline" is a row that differs in nothing. For example:

{example}

Here `consent_event` holds two rows: the consent of 1 May 2025, as it was, and a second one, given on 1 January 2026 and
valid until 14 June 2026. The decision is of 15 June 2026, a day too late for the second. It is the latest and so it
counts; the first, which has no end, does not come back to life. The parent is withheld, for `consent_expired`.

Unless a case says otherwise it is decided on 15 June 2026 at half past three in the night in Brussels ({at} in UTC, as
all instants here), and a release is to OCMW Gent ({gent}) with all four fields. Text between quotes, as `'\\xa0'`,
shows by their codes the characters that an eye would take for others, or not see.
"""

WHO_DECIDES = """## Who may change what

The engineers decide nothing of this. Where no public source settles a choice it is marked *assumption*: it is the
agency's to confirm.

{table}

No one can let a row through that the gate withholds. When the figures of a whole night look wrong, the night is held:
a named approver may then let it go, on the record, and each of the thirteen reasons still withholds a row of it.
"""

BASELINE = """## The baseline, and what its words mean

The agency's tables as the gate finds them, under the names that they have there, with the one row that each holds in
the world from which all cases start.

{table}
"""

DUTCH_PAGE = """# De poort

Elke nacht bekijkt de poort elke ouder van de populatie: de ouders van een jong kind in een gezin dat beoordeeld is.
Elke ouder wordt ofwel **vrijgegeven** aan precies één ontvanger, het OCMW (of CAW Brussel) van de woonplaats, ofwel
**tegengehouden om precies één reden**. Onbekend, tegenstrijdig of verouderd betekent tegengehouden, en geen enkele
instelling omzeilt de poort.

## De dertien redenen, in volgorde

{table}

**D** is de dag van de beslissing, volgens de kalender in Brussel. *Blanco* is niet ingevuld, of niets wat men kan zien.

**Alleen de eerste reden die van toepassing is, wordt vastgelegd.** De vragen worden in deze volgorde gesteld, en bij de
eerste "ja" houdt het op. Een ouder die overleden is en bovendien de toestemming had ingetrokken, telt dus één keer,
onder `deceased`. Is een reden verholpen, dan kan de volgende bovenkomen. Vrijgegeven en tegengehouden vormen samen
altijd de hele populatie. Geen enkele ontvanger verneemt ooit een reden.

Na de poort kan het register nog iemand tegenhouden, onder `withdrawn`: wie op de lijst van de bezwaren staat. Daarop
staat ook het neen dat een ouder bij de ontvanger zelf zei en dat die ontvanger terugmeldde (`geen_contact`). Het geldt
voor die ontvanger alleen, tot een toestemming in beide opzichten later is of een bevoegde persoon het opheft.

Het volledige document, met een test voor elk van de {cases} gevallen, is in het Engels: [gate.md](gate.md). Deze tabel
wordt gemaakt uit `pipeline/gate/rules.py` met `python -m tests.spec`; pas ze niet hier aan.
"""
