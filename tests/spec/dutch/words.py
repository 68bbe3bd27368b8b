"""docs/poort.md: the Dutch words of the generator."""

from tests.spec.words import Words

OPENING = """# De poort

Wie wordt doorgelaten, wie wordt tegengehouden, en waarom; voor wie daarvoor instaat. In het Engels:
[gate.md](gate.md).

Elke nacht bekijkt de poort elke ouder van de populatie: de ouders van een jong kind in een gezin dat beoordeeld is
(zie [over wie wordt beslist](#{population})). Elke ouder wordt ofwel **vrijgegeven** aan precies één ontvanger, het
OCMW (of CAW Brussel) van de woonplaats, ofwel **tegengehouden om precies één reden**. Onbekend, tegenstrijdig of
verouderd betekent tegengehouden, en geen enkele instelling omzeilt de poort.

Dit document wordt gemaakt uit de tabellen in `tests/spec/`, met `python -m tests.spec`; pas het niet hier aan. Elk van
de {cases} gevallen is een test waarvoor twee programma's moeten slagen: de poort zelf, en een onafhankelijke
referentie die alleen naar de tekst van het domein geschreven is. Wie een regel wijzigt, wijzigt dit document, of de
tests mislukken. Alle personen zijn verzonnen.
"""

REASONS = """## De dertien redenen, in volgorde

{table}

**D** is de dag van de beslissing, volgens de kalender in Brussel. *Blanco* is niet ingevuld, of niets wat men kan zien.
Wat **van kracht** is, staat bij [6](#{agreement}) en [8](#{protocol}).

**Alleen de eerste reden die van toepassing is, wordt vastgelegd.** De vragen worden in deze volgorde gesteld, en bij de
eerste "ja" houdt het op. Een ouder die overleden is en bovendien de toestemming had ingetrokken, telt dus één keer,
onder `deceased`. Een reden zegt wat de rij het eerst tegenhield, niet alles wat haar zou tegenhouden: is die reden
verholpen, dan kan de volgende bovenkomen. Vrijgegeven en tegengehouden vormen samen altijd de hele populatie. Geen
enkele ontvanger verneemt ooit een reden.
"""

HOW_TO_READ = """## Hoe u een geval leest

Alle gevallen vertrekken van [dezelfde uitgangssituatie](#{baseline}), waarin alles in orde is: één gezin in Gent, één
ouder, één kind, samenwerkingsovereenkomst en protocol van kracht, en toestemming gegeven. Een geval zegt alleen *wat er
anders is*: een tabel van het agentschap die het noemt, bevat de rijen die er staan, en elke rij is zoals in de
uitgangssituatie, op de genoemde kolommen na. Met "**en**" begint de volgende rij; een rij "zoals in de
uitgangssituatie" verschilt in niets. Bijvoorbeeld:

{example}

Hier bevat `consent_event` twee rijen: de toestemming van 1 mei 2025, zoals ze was, en een tweede, gegeven op 1 januari
2026 en geldig tot en met 14 juni 2026. De beslissing valt op 15 juni 2026, één dag te laat voor de tweede. Die is de
recentste en dus telt zij; de eerste, die geen einddatum heeft, herleeft niet. De ouder wordt tegengehouden, wegens
`consent_expired` (toestemming vervallen).

Zegt een geval niets anders, dan wordt beslist op 15 juni 2026 om halfvier 's nachts in Brussel ({at} in UTC, zoals alle
tijdstippen hier), en is een vrijgave voor OCMW Gent ({gent}) met alle vier de velden. Tekst tussen aanhalingstekens,
zoals `'\\xa0'`, toont met hun code de tekens die het oog voor andere zou nemen, of niet zou zien.
"""

WHO_DECIDES = """## Wie wat mag wijzigen

De ontwikkelaars beslissen niets hiervan. Waar geen openbare bron uitsluitsel geeft, staat *aanname*: het is aan het
agentschap om die te bevestigen.

{table}

Niemand kan een rij doorlaten die de poort tegenhoudt. Zien de cijfers van een hele nacht er verkeerd uit, dan wordt de
nacht aangehouden: een met naam aangewezen persoon kan hem dan laten doorgaan, en dat wordt vastgelegd; ook dan houden
de dertien redenen rijen nog altijd tegen.
"""

BASELINE = """## De uitgangssituatie, en wat de woorden betekenen

De tabellen van het agentschap zoals de poort ze vindt, onder de namen die ze daar hebben, met de ene rij die elke tabel
bevat in de situatie waarvan alle gevallen vertrekken.

{table}
"""

WORDS = Words(
    opening=OPENING,
    reasons=REASONS,
    how_to_read=HOW_TO_READ,
    who_decides=WHO_DECIDES,
    baseline=BASELINE,
    reasons_head=("nr.", "reden", "naam", "tegengehouden wanneer", "gevallen"),
    decides_head=("wat", "wie beslist", "waar het staat", ""),
    baseline_head=("tabel", "kolom", "betekenis", "in de uitgangssituatie"),
    cases_head=("geval", "wat er anders is", "uitkomst", "opmerking"),
    withheld_when="**Tegengehouden wanneer** {rule}.",
    reading="Lezing",
    assumption="aanname",
    released="vrijgegeven",
    to="aan",
    with_fields="met",
    withheld="tegengehouden: {name} (`{reason}`)",
    at="bij",
    undecided="er wordt niet over beslist",
    nothing="niets",
    no_row="geen rij",
    as_baseline="zoals in de uitgangssituatie",
    and_row="en",
    decided_at="beslist op {at} (in Brussel {local})",
    known_at="met wat geregistreerd was op {at}",
    of_parent="over ouder {parent}",
    weak="zwak op {count} van 6",
    not_assessed="niet beoordeeld",
    values={None: "*niet ingevuld*", True: "ja", False: "nee", "": "*lege tekst*"},
    fields={"address": "adres", "email": "e-mail", "name": "naam", "phone": "telefoon"},
)
