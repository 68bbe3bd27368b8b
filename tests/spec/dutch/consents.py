"""tests/spec/consents.py, rules 9 and 10, in Dutch; a consent that was given is a *toestemming*, not a *grant*."""

TEXTS = {
    # 9
    "Consent is this parent's alone, for this recipient alone. Only what was recorded by the instant of the decision is"
    " known; a grant counts from `occurred_at`.": (
        "De toestemming is van deze ouder alleen, voor deze ontvanger alleen. Alleen wat op het tijdstip van de"
        " beslissing geregistreerd was, is gekend; een toestemming telt vanaf `occurred_at`."
    ),
    "no event": "geen gebeurtenis",
    "only the other parent consented": "alleen de andere ouder gaf toestemming",
    "that other parent": "die andere ouder",
    "for another recipient": "voor een andere ontvanger",
    "given at the very instant": "gegeven op het tijdstip zelf",
    "given a second later": "gegeven één seconde later",
    "dated tomorrow": "gedateerd op morgen",
    "a grant dated tomorrow does not undo today's": (
        "een toestemming die op morgen gedateerd is, doet die van vandaag niet teniet"
    ),
    "a withdrawal for this recipient that was not recorded yet, and no grant": (
        "een intrekking voor deze ontvanger die nog niet geregistreerd was, en geen toestemming"
    ),
    "in the hour that comes twice: the second time is later": (
        "in het uur dat twee keer komt: de tweede keer is later"
    ),
    "both read 02:15 and 02:30 on the clock in Brussels": ("op de klok in Brussel is het 02.15 en 02.30 uur"),
    "in the hour that comes twice: the first time is earlier": (
        "in het uur dat twee keer komt: de eerste keer is vroeger"
    ),
    "replayed: decided then, with what was recorded later": "opnieuw beslist: toen, met wat later geregistreerd is",
    "replayed: what happened after the instant does not count, however well it is known": (
        "opnieuw beslist: wat na het tijdstip gebeurde, telt niet, hoe goed het ook gekend is"
    ),
    "no consent, under a text that is not accepted": "geen toestemming, onder een tekst die niet aanvaard is",
    # 10
    "A withdrawal or a malformed event counts from `occurred_at` or `recorded_at`, whichever is earlier. Of two grants"
    " at the same instant the later recorded counts, then the higher id.": (
        "Een intrekking of een foutieve gebeurtenis telt vanaf `occurred_at` of `recorded_at`, naargelang wat het"
        " vroegst is. Van twee toestemmingen op hetzelfde tijdstip telt de laatst geregistreerde, daarna het hoogste"
        " nummer."
    ),
    "The latest event is the one that counts from the latest instant. A withdrawal that is dated ahead counts from"
    " its recording, so that a grant given after that recording is the later of the two.": (
        "De recentste gebeurtenis is die welke vanaf het laatste tijdstip telt. Een vooruit gedateerde intrekking telt"
        " vanaf haar registratie, zodat een toestemming die na die registratie is gegeven, de latere van beide is."
    ),
    "only a withdrawal": "alleen een intrekking",
    "granted, then withdrawn": "toestemming gegeven, daarna ingetrokken",
    "withdrawn, then granted": "toestemming ingetrokken, daarna gegeven",
    "withdrawn and granted, listed the other way round": (
        "toestemming ingetrokken en daarna gegeven, in omgekeerde volgorde opgelijst"
    ),
    "withdrawn at the instant of the grant": "ingetrokken op het tijdstip van de toestemming",
    "at the instant of the grant, with a lower id and recorded earlier": (
        "op het tijdstip van de toestemming, met een lager nummer en vroeger geregistreerd"
    ),
    "withdrawn at the very instant": "ingetrokken op het tijdstip van de beslissing",
    "dated tomorrow, recorded today": "gedateerd op morgen, vandaag geregistreerd",
    "it counts from when it was recorded": "ze telt vanaf haar registratie",
    "not known yet; the publication looks once more": "nog niet gekend; bij de levering wordt nogmaals gekeken",
    "recorded late": "laat geregistreerd",
    "a grant after a withdrawal that was recorded still later": (
        "een toestemming na een intrekking die nog later geregistreerd is"
    ),
    "the grant is the later of the two": "de toestemming is de latere van beide",
    "a withdrawal dated ahead, and a grant between its recording and its date": (
        "een vooruit gedateerde intrekking, en een toestemming tussen haar registratie en haar datum"
    ),
    "the withdrawal counts from its recording, which the grant follows: the letter of the rule": (
        "de intrekking telt vanaf haar registratie, waarop de toestemming volgt: de letter van de regel"
    ),
    "a withdrawal dated ahead and recorded at the instant of the grant": (
        "een vooruit gedateerde intrekking, geregistreerd op het tijdstip van de toestemming"
    ),
    "a withdrawal of another kind of spelling": "een intrekking in een andere schrijfwijze",
    "unknown, so malformed": "onbekend, dus foutief",
    "a grant with a capital": "een toestemming met een hoofdletter",
    "no kind": "geen soort",
    "an unknown kind after a grant": "een onbekende soort na een toestemming",
    "a grant without a text version": "een toestemming zonder tekstversie",
    "a grant with a blank text version": "een toestemming met een blanco tekstversie",
    "a grant without fields": "een toestemming zonder velden",
    "a grant with blank fields": "een toestemming met blanco velden",
    "a grant with a field outside the decree": "een toestemming met een veld buiten het decreet",
    "a grant with a field with a capital": "een toestemming met een veld met een hoofdletter",
    "a grant with a comma too many": "een toestemming met een komma te veel",
    "a grant with semicolons": "een toestemming met puntkomma's",
    "a malformed grant after a sound one": "een foutieve toestemming na een goede",
    "a malformed grant at the instant of a sound one, lower in id": (
        "een foutieve toestemming op het tijdstip van een goede, met een lager nummer"
    ),
    "a malformed grant dated tomorrow": "een foutieve toestemming, gedateerd op morgen",
    "like a withdrawal it counts from its recording": "zoals een intrekking telt ze vanaf haar registratie",
    "a sound grant after a malformed one": "een goede toestemming na een foutieve",
    "a withdrawal for another recipient": "een intrekking voor een andere ontvanger",
    "the other parent withdrew": "de andere ouder trok de eigen toestemming in",
    "withdrawn with fields outside the decree": "ingetrokken, met velden buiten het decreet",
    "withdrawn, and expired as well": "ingetrokken, en ook vervallen",
    "withdrawn in the hour that comes twice, the second time": (
        "ingetrokken in het uur dat twee keer komt, de tweede keer"
    ),
    "02:45 is before 02:15 here": "02.45 uur komt hier vóór 02.15 uur",
    "granted at the same instant, the later recorded has less": (
        "op hetzelfde tijdstip gegeven, de later geregistreerde laat minder toe"
    ),
    "the same, listed the other way round": "hetzelfde, in omgekeerde volgorde opgelijst",
    "two grants alike in time: the higher id": "twee toestemmingen gelijk in tijd: het hoogste nummer",
    "the higher id, as a number and not as text": "het hoogste nummer, als getal en niet als tekst",
    "a later grant with less": "een latere toestemming voor minder",
    "an earlier grant, recorded later": "een vroegere toestemming, later geregistreerd",
}
