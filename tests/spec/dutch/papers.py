"""tests/spec/papers.py in Dutch."""

TEXTS = {
    # 6
    "In force on a day: the latest version known is signed on or before it, and the day lies from `valid_from` to the"
    " earliest of `valid_until` and `ended_on`, both included. An agreement whose `min_criteria` is filled and not 1 to"
    " 6 is an error, and not in force. One whose term began before the latest merger that shaped a municipality its"
    " recipient serves is suspended, and to be renewed.": (
        "Van kracht op een dag: de laatste gekende versie is op of vóór die dag ondertekend, en de dag ligt van"
        " `valid_from` tot en met de vroegste van `valid_until` en `ended_on`. Een samenwerkingsovereenkomst waarvan"
        " `min_criteria` is ingevuld maar niet 1 tot 6 is, is fout en niet van kracht. Een samenwerkingsovereenkomst"
        " waarvan de looptijd begon vóór de laatste fusie die een door de ontvanger bediende gemeente heeft gevormd, is"
        " geschorst en moet worden hernieuwd."
    ),
    "none": "geen",
    "not signed yet": "nog niet ondertekend",
    "signed today": "vandaag ondertekend",
    "to be signed tomorrow": "wordt morgen ondertekend",
    "valid from today": "geldig vanaf vandaag",
    "valid from tomorrow": "geldig vanaf morgen",
    "without a first day": "zonder begindatum",
    "an end may be open, a beginning may not": "een einde mag openstaan, een begin niet",
    "valid until today": "geldig tot en met vandaag",
    "valid until yesterday": "geldig tot en met gisteren",
    "ended early, today its last day": "vroegtijdig beëindigd, vandaag de laatste dag",
    "ended early, yesterday its last day": "vroegtijdig beëindigd, gisteren de laatste dag",
    "to be ended early, tomorrow its last day": "wordt vroegtijdig beëindigd, morgen de laatste dag",
    "ended yesterday, would have run for years": "gisteren beëindigd, zou nog jaren gelopen hebben",
    "ran out yesterday, ended on a later day": "gisteren afgelopen, op een latere dag beëindigd",
    "ended before it began": "beëindigd vóór het begin",
    "a later version ends it": "een latere versie maakt er een einde aan",
    "a later version that was not recorded yet": "een latere versie die nog niet geregistreerd was",
    "a later version extends it": "een latere versie verlengt de looptijd",
    "a later version that is not signed: the earlier one counts no more": (
        "een latere versie die niet ondertekend is: de vroegere telt niet meer"
    ),
    "a later version that begins tomorrow: the earlier one counts no more": (
        "een latere versie die morgen begint: de vroegere telt niet meer"
    ),
    "the latest recorded counts, in whatever order the versions come": (
        "de laatst geregistreerde telt, in welke volgorde de versies ook staan"
    ),
    "with another recipient": "met een andere ontvanger",
    "a later version names another recipient": "een latere versie noemt een andere ontvanger",
    "begins on a day that had begun in Brussels but not in UTC": (
        "begint op een dag die in Brussel al begonnen was, maar in UTC nog niet"
    ),
    "the night of 23 hours, its first second": "de dag van 23 uur, de eerste seconde",
    "29 March 2026 runs from 23:00 to 22:00 UTC": "29 maart 2026 loopt van 23.00 tot 22.00 uur UTC",
    "the night of 23 hours, its last second": "de dag van 23 uur, de laatste seconde",
    "the second after it": "de seconde erna",
    "the second before it": "de seconde ervoor",
    "the night of 25 hours, its first second": "de dag van 25 uur, de eerste seconde",
    "25 October 2026 runs from 22:00 to 23:00 UTC": "25 oktober 2026 loopt van 22.00 tot 23.00 uur UTC",
    "the night of 25 hours, its last second": "de dag van 25 uur, de laatste seconde",
    "the second after that one": "de seconde na die dag",
    "the second before that one": "de seconde vóór die dag",
    "valid for this one day": "geldig voor alleen deze dag",
    "begun the day before the merger that made Nazareth-De Pinte": (
        "begonnen op de dag vóór de fusie tot Nazareth-De Pinte"
    ),
    "suspended, to be renewed": "geschorst, te hernieuwen",
    "begun on the day of that merger": "begonnen op de dag van die fusie",
    "begun before 2025, in Gent, which no merger touched": (
        "begonnen vóór 2025, in Gent, dat bij geen fusie betrokken was"
    ),
    "Antwerpen kept its code, and was merged with Borsbeek all the same": (
        "Antwerpen behield zijn code, maar fuseerde wel met Borsbeek"
    ),
    "nothing extends silently to new territory": "niets breidt zich stilzwijgend uit tot nieuw grondgebied",
    "Antwerpen, renewed on the day": "Antwerpen, hernieuwd op de dag zelf",
    "Puurs-Sint-Amands was made in 2019, its paper begun on that day": (
        "Puurs-Sint-Amands ontstond in 2019, het papier begon op die dag"
    ),
    "Puurs-Sint-Amands, begun the day before": "Puurs-Sint-Amands, begonnen op de dag ervoor",
    "lives in Gent, served by a recipient that also serves Antwerpen": (
        "woont in Gent, bediend door een ontvanger die ook Antwerpen bedient"
    ),
    "a municipality, not the family's": "een gemeente van de ontvanger, niet die van het gezin",
    "in Brussels, begun before 2025": "in Brussel, begonnen vóór 2025",
    "signed anew after the merger, begun before it": "na de fusie opnieuw ondertekend, ervoor begonnen",
    "the beginning of the term decides": "het begin van de looptijd is beslissend",
    "a later version that begins after the merger": "een latere versie die na de fusie begint",
    "the last second of 2024: no merger has touched Antwerpen yet": (
        "de laatste seconde van 2024: Antwerpen was nog bij geen fusie betrokken"
    ),
    "a second later it is 2025, and its papers are suspended": (
        "een seconde later is het 2025, en zijn de papieren geschorst"
    ),
    "with another team": "met een ander team",
    "the family's team changed": "het team van het gezin is veranderd",
    "a later version names another team": "een latere versie noemt een ander team",
    "with this team and with another": "met dit team en met een ander",
    "one ended, another in force": "de ene beëindigd, de andere van kracht",
    "a threshold of 0": "een drempel van 0",
    "a threshold of 7": "een drempel van 7",
    "a threshold of -1": "een drempel van -1",
    "one with a threshold of 7 is no agreement, another is": (
        "een met een drempel van 7 telt niet als samenwerkingsovereenkomst, een andere wel"
    ),
    "no agreement, and no need": "geen samenwerkingsovereenkomst, en drempel niet bereikt",
    "no agreement and no protocol": "geen samenwerkingsovereenkomst en geen protocol",
    # 8
    "To be in force it needs what an agreement needs, and besides: `legal_basis` 'decree-2022-02-04', `kind`"
    " 'protocol', a `published_url`, a `dpo_advice_on` on or before the day, and no field outside the decree: one that"
    " asks for more is an error that is reported, and not in force. Mergers suspend protocols as they do agreements.": (
        "Om van kracht te zijn heeft het nodig wat een samenwerkingsovereenkomst nodig heeft, en bovendien:"
        " `legal_basis` 'decree-2022-02-04', `kind` 'protocol', een adres van bekendmaking (`published_url`), een"
        " advies van de functionaris voor gegevensbescherming op of vóór de dag (`dpo_advice_on`), en geen veld buiten"
        " het decreet: een protocol dat meer vraagt, is een fout die gemeld wordt, en is niet van kracht. Fusies"
        " schorsen protocollen zoals samenwerkingsovereenkomsten."
    ),
    "Spaces round a field's name are forgiven; anything else that is not the name of a field is a field outside the"
    " decree.": (
        "Spaties rond de naam van een veld zijn geen bezwaar; al wat verder geen naam van een veld is, is een veld"
        " buiten het decreet."
    ),
    "A blank address of publication is none.": "Een blanco adres van bekendmaking is er geen.",
    "another flow": "een andere gegevensstroom",
    "of no flow": "zonder gegevensstroom",
    "a processing agreement": "een verwerkingsovereenkomst",
    "of no kind": "zonder soort",
    "not published": "niet bekendgemaakt",
    "published nowhere": "nergens bekendgemaakt",
    "no advice of the DPO": "geen advies van de functionaris voor gegevensbescherming",
    "the DPO's advice is of today": "het advies van de functionaris voor gegevensbescherming is van vandaag",
    "the DPO's advice is of tomorrow": "het advies van de functionaris voor gegevensbescherming is van morgen",
    "asks for the INSZ besides": "vraagt daarnaast het INSZ",
    "asks for a field with a capital": "vraagt een veld met een hoofdletter",
    "a comma too many": "een komma te veel",
    "an empty name is no field": "een lege naam is geen veld",
    "one asks for more and is in error, another is in force": "een vraagt meer en is fout, een ander is van kracht",
    "a later version that asked for more was mended by a still later one": (
        "een latere versie die meer vroeg, is door een nog latere rechtgezet"
    ),
    "a later version becomes a processing agreement": "een latere versie wordt een verwerkingsovereenkomst",
    "no protocol and no consent": "geen protocol en geen toestemming",
    "no protocol, and withdrawn": "geen protocol, en toestemming ingetrokken",
}
