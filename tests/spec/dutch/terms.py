"""tests/spec/consents.py, rules 11 to 13, in Dutch: how long, under which text, and for which fields."""

TEXTS = {
    # 11
    "The last day for which this parent gave consent has passed. Consent without such a day does not expire by"
    " itself.": (
        "De laatste dag waarvoor deze ouder toestemming gaf, is voorbij. Een toestemming zonder einddatum vervalt niet"
        " vanzelf."
    ),
    "valid until tomorrow": "geldig tot en met morgen",
    "29 February, on that day": "29 februari, op die dag",
    "midnight in Brussels": "middernacht in Brussel",
    "on the first of March": "op 1 maart",
    "renewed": "hernieuwd",
    "a later grant that expired sooner": "een latere toestemming die vroeger vervallen is",
    "the earlier one is no fallback": "op de vroegere wordt niet teruggevallen",
    "valid until before it was given": "geldig tot vóór ze gegeven werd",
    "the day ends in Brussels": "de dag eindigt in Brussel",
    "and not before": "en niet vroeger",
    "expired, and its text is not accepted": "vervallen, en de tekst is niet aanvaard",
    # 12
    "A parent consents by signing a text, whose versions the agency keeps. Consent counts only while the version that"
    " was signed is accepted.": (
        "Een ouder geeft toestemming door een tekst te ondertekenen, waarvan het agentschap de versies bijhoudt. De"
        " toestemming telt alleen zolang de ondertekende versie aanvaard is."
    ),
    "an unknown text": "een onbekende tekst",
    "a text with a capital": "een tekst met een hoofdletter",
    "no text is known": "er is geen tekst gekend",
    "accepted from today": "aanvaard vanaf vandaag",
    "accepted from tomorrow": "aanvaard vanaf morgen",
    "accepted until today": "aanvaard tot en met vandaag",
    "accepted until yesterday": "aanvaard tot en met gisteren",
    "another text is accepted": "een andere tekst is aanvaard",
    "consented under a text that was accepted only later": (
        "toestemming gegeven onder een tekst die pas later aanvaard is"
    ),
    "accepted today is what is asked": "de vraag is of de tekst vandaag aanvaard is",
    "not accepted, and the fields do not suffice": "niet aanvaard, en de velden volstaan niet",
    # 13
    "Only what the decree, every protocol in force and this parent's own consent all name may pass. Those are the"
    " fields of a release, whether or not a column is blank for this parent.": (
        "Alleen wat het decreet, elk protocol dat van kracht is én de eigen toestemming van deze ouder noemen, mag"
        " worden doorgegeven. Dat zijn de velden van een vrijgave, ook als een kolom voor deze ouder blanco is."
    ),
    "the grant has name and address": "de toestemming noemt naam en adres",
    "spaces after the commas": "spaties na de komma's",
    "a field named twice": "een veld twee keer genoemd",
    "the protocol has name and email": "het protocol noemt naam en e-mail",
    "the grant has more than the protocol": "de toestemming laat meer toe dan het protocol",
    "the protocol has more than the grant": "het protocol laat meer toe dan de toestemming",
    "the grant has no name": "de toestemming noemt de naam niet",
    "the protocol has no name": "het protocol noemt de naam niet",
    "a name alone": "alleen een naam",
    "protocol and grant have but the name in common": "protocol en toestemming hebben alleen de naam gemeen",
    "a protocol without fields": "een protocol zonder velden",
    "in force, and leaves nothing": "van kracht, en laat niets over",
    "two protocols: what both name": "twee protocollen: wat ze allebei noemen",
    "two protocols that have nothing but the name in common": "twee protocollen die alleen de naam gemeen hebben",
    "of two protocols one has no fields": "van twee protocollen heeft één geen velden",
    "a second protocol that is not in force takes nothing away": (
        "een tweede protocol dat niet van kracht is, neemt niets weg"
    ),
    "a second protocol of another recipient takes nothing away": (
        "een tweede protocol, van een andere ontvanger, neemt niets weg"
    ),
    "no telephone": "geen telefoon",
    "the field is allowed, the cell is empty": "het veld is toegelaten, de cel is leeg",
    "no telephone and no e-mail: the address suffices": "geen telefoon en geen e-mail: het adres volstaat",
    "no street: telephone and e-mail suffice": "geen straat: telefoon en e-mail volstaan",
    "nothing filled": "niets ingevuld",
    "a street without a postal code": "een straat zonder postcode",
    "a postal code without a street": "een postcode zonder straat",
    "an address without a house number": "een adres zonder huisnummer",
    "the telephone is allowed, and blank": "de telefoon is toegelaten, en blanco",
    "the telephone is allowed, and a no-break space": "de telefoon is toegelaten, en een vaste spatie",
    "the e-mail is allowed, and a tab": "de e-mail is toegelaten, en een tab",
    "the address is allowed, and its street a zero-width space": (
        "het adres is toegelaten, en de straat een spatie zonder breedte"
    ),
    "a telephone of no known form": "een telefoonnummer in geen gekende vorm",
    "counted, and goes as it stands": "wordt geteld, en gaat mee zoals het er staat",
    "the address is that of today": "het adres is dat van vandaag",
    "the address of before a move is no fallback": "op het adres van vóór een verhuizing wordt niet teruggevallen",
    "the other parent's telephone is no fallback": "op de telefoon van de andere ouder wordt niet teruggevallen",
}
