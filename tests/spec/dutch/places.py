"""tests/spec/places.py in Dutch."""

TEXTS = {
    # 3
    "Of several rows the one with the latest `valid_from` up to the day counts, then the latest recorded. Flanders had"
    " 308 municipalities up to 2018, 300 from 2019, and has 285 from 2025-01-01; Brussels has 19.": (
        "Zijn er meerdere rijen, dan telt die met de laatste `valid_from` tot en met de dag, en daarna de laatst"
        " geregistreerde. Vlaanderen telde 308 gemeenten tot en met 2018, 300 vanaf 2019, en telt er 285 vanaf"
        " 1 januari 2025; Brussel telt er 19."
    ),
    "A code with anything round it is not that code.": "Een code waar nog iets bij staat, is die code niet.",
    "no row at all": "helemaal geen rij",
    "only another parent's": "alleen een rij van een andere ouder",
    "lives there from today": "woont er vanaf vandaag",
    "lives there from tomorrow": "woont er vanaf morgen",
    "recorded at the very instant": "geregistreerd op het tijdstip zelf",
    "recorded a second later": "geregistreerd één seconde later",
    "no NIS code": "geen NIS-code",
    "a NIS code that never was": "een NIS-code die nooit bestaan heeft",
    "a NIS code with a space behind": "een NIS-code met een spatie erachter",
    "a municipality of Wallonia": "een gemeente in Wallonië",
    "moved to an unknown code today": "vandaag verhuisd naar een onbekende code",
    "an earlier address is no fallback": "op een vroeger adres wordt niet teruggevallen",
    "moves tomorrow": "verhuist morgen",
    "a correction of the same day, recorded later, wins": (
        "een later geregistreerde verbetering voor dezelfde dag gaat voor"
    ),
    "and so it does the other way round": "en omgekeerd ook",
    "a correction of an older address, recorded later, does not": (
        "een later geregistreerde verbetering van een ouder adres gaat niet voor"
    ),
    "a correction that was not recorded yet": "een verbetering die nog niet geregistreerd was",
    "in Brussels": "in Brussel",
    "an old code: De Pinte became Nazareth-De Pinte on 2025-01-01": (
        "een oude code: De Pinte werd op 1 januari 2025 Nazareth-De Pinte"
    ),
    "the new code": "de nieuwe code",
    "an old code of 2018: Puurs became Puurs-Sint-Amands": ("een oude code van 2018: Puurs werd Puurs-Sint-Amands"),
    "a code that a merger kept: Antwerpen": "een code die bij een fusie behouden bleef: Antwerpen",
    "Borsbeek went into Antwerpen": "Borsbeek ging op in Antwerpen",
    "the last second of 2024: De Pinte is still De Pinte": ("de laatste seconde van 2024: De Pinte is nog De Pinte"),
    "the last second of 2024: Nazareth-De Pinte does not exist yet": (
        "de laatste seconde van 2024: Nazareth-De Pinte bestaat nog niet"
    ),
    "on 31 December 2018 Deinze still has its old code": "op 31 december 2018 heeft Deinze nog zijn oude code",
    "on 1 January 2019 it has its new one": "op 1 januari 2019 heeft het zijn nieuwe",
    "and its papers are suspended: see 6": "en de papieren ervan zijn geschorst: zie 6",
    "no residence, and the other parent at a protected address": (
        "geen woonplaats, en de andere ouder op een afgeschermd adres"
    ),
    # 4
    "One parent's protected address withholds every parent of the family.": (
        "Het afgeschermde adres van één ouder houdt elke ouder van het gezin tegen."
    ),
    "A flag that is missing protects.": "Is niet ingevuld of een adres afgeschermd is, dan geldt het als afgeschermd.",
    "The other parent's address protects wherever it is, and whoever that is.": (
        "Het adres van de andere ouder schermt af, waar het ook ligt en wie die ouder ook is."
    ),
    "protected": "afgeschermd",
    "nobody knows whether it is protected": "niemand weet of het afgeschermd is",
    "the other parent's is, elsewhere": "het adres van de andere ouder is afgeschermd, elders",
    "the other parent's is, in a municipality that is not known": (
        "het adres van de andere ouder is afgeschermd, in een gemeente die niet gekend is"
    ),
    "the other parent's is; that parent died": "het adres van de andere ouder is afgeschermd; die ouder is overleden",
    "the other parent's is; that parent's row is quarantined": (
        "het adres van de andere ouder is afgeschermd; de rij van die ouder staat in quarantaine"
    ),
    "of three parents the third's is": "van drie ouders is het adres van de derde afgeschermd",
    "nobody knows whether the other parent's is": "niemand weet of het adres van de andere ouder afgeschermd is",
    "a parent of another family has a protected address": "een ouder van een ander gezin heeft een afgeschermd adres",
    "the other parent has no residence": "de andere ouder heeft geen woonplaats",
    "protected from today": "afgeschermd vanaf vandaag",
    "protected from tomorrow": "afgeschermd vanaf morgen",
    "protected until yesterday": "afgeschermd tot en met gisteren",
    "the other parent's was, before a move": "het adres van de andere ouder was afgeschermd, vóór een verhuizing",
    "protection recorded later for the same day wins": (
        "een later geregistreerde afscherming voor dezelfde dag gaat voor"
    ),
    "protection that was not recorded yet": "een afscherming die nog niet geregistreerd was",
    "protected, where nobody serves": "afgeschermd, in een gemeente die niemand bedient",
    "protected, and withdrawn": "afgeschermd, en toestemming ingetrokken",
    # 5
    "Where nobody serves there is nobody to send to; where two serve, the agency's list contradicts itself.": (
        "Waar niemand de gemeente bedient, is er niemand om naar te sturen; waar twee ontvangers dat doen, spreekt de"
        " lijst van het agentschap zichzelf tegen."
    ),
    "A recipient is one that stands in the register of recipients; one that serves and does not, contradicts it.": (
        "Een ontvanger is wie in het register van ontvangers staat; wie een gemeente bedient en er niet in staat, is"
        " daarmee in tegenspraak."
    ),
    "An old code maps to its successor on an address only; on a recipient's own list it names nothing.": (
        "Alleen op een adres gaat een oude code over in haar opvolger; op de lijst van een ontvanger benoemt ze niets."
    ),
    "nobody serves anywhere": "geen enkele gemeente wordt bediend",
    "lives where nobody serves": "woont in een gemeente die niemand bedient",
    "serves from today": "bedient vanaf vandaag",
    "serves from tomorrow": "bedient vanaf morgen",
    "serves until today": "bedient tot en met vandaag",
    "served until yesterday": "bediende tot en met gisteren",
    "two recipients serve there": "twee ontvangers bedienen de gemeente",
    "a second recipient served there until yesterday": "een tweede ontvanger bediende ze tot en met gisteren",
    "the same recipient, twice on the list": "dezelfde ontvanger, twee keer op de lijst",
    "a recipient that is not in the register": "een ontvanger die niet in het register staat",
    "a second recipient that is not in the register": "een tweede ontvanger die niet in het register staat",
    "contradictory: withheld": "tegenstrijdig: tegengehouden",
    "a recipient that serves two municipalities": "een ontvanger die twee gemeenten bedient",
    "the recipient's own list still has De Pinte's old code": (
        "op de lijst van de ontvanger staat nog de oude code van De Pinte"
    ),
    "codes are mapped on addresses only": "codes gaan alleen op adressen over",
    "moved today to where another recipient serves": (
        "vandaag verhuisd naar een gemeente die een andere ontvanger bedient"
    ),
    "moved today to where another recipient serves, under papers of its own": (
        "vandaag verhuisd naar een gemeente die een andere ontvanger bedient, onder eigen papieren"
    ),
    "consent does not move along": "de toestemming verhuist niet mee",
    "not served, and without an agreement": "niet bediend, en zonder samenwerkingsovereenkomst",
}
