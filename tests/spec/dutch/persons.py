"""tests/spec/persons.py in Dutch."""

TEXTS = {
    # who is decided on
    "Who is decided on": "Over wie wordt beslist",
    "Every parent of a family with a child under 3 (the third birthday is not reached; the age is a setting) that has"
    " a valid assessment. An assessment is invalid, and passed over, when no criterion is filled, when it dates from"
    " before the birth, or when it lies in the future.": (
        "Elke ouder van een gezin met een kind onder de 3 jaar (de derde verjaardag is nog niet bereikt; de leeftijd is"
        " een instelling) dat een geldige beoordeling heeft. Een beoordeling is ongeldig, en wordt overgeslagen, als"
        " geen enkel criterium is ingevuld, als ze van vóór de geboorte dateert, of als ze in de toekomst ligt."
    ),
    "A family is whoever shares its number, also when the register of families does not know it.": (
        "Een gezin is wie hetzelfde gezinsnummer heeft, ook als het gezinsregister dat nummer niet kent."
    ),
    "the baseline: one family, everything in order": "de uitgangssituatie: één gezin, alles in orde",
    "the day before the third birthday": "de dag vóór de derde verjaardag",
    "the third birthday": "de derde verjaardag",
    "a child of five": "een kind van vijf",
    "born on 29 February: 28 February three years on": "geboren op 29 februari: 28 februari, drie jaar later",
    "the birthday is 1 March": "de verjaardag valt op 1 maart",
    "born on 29 February: 1 March three years on": "geboren op 29 februari: 1 maart, drie jaar later",
    "born on 28 February 2024: 27 February 2027": "geboren op 28 februari 2024: 27 februari 2027",
    "born on 28 February 2024: 28 February 2027": "geboren op 28 februari 2024: 28 februari 2027",
    "a family without a child": "een gezin zonder kind",
    "a child of another family": "een kind van een ander gezin",
    "a child that was never assessed": "een kind dat nooit beoordeeld is",
    "assessed, no criterion filled": "beoordeeld, geen enkel criterium ingevuld",
    "assessed, one criterion filled and not weak": "beoordeeld, één criterium ingevuld en niet zwak",
    "valid: a family without need is decided on, and withheld": (
        "geldig: ook over een gezin dat de drempel niet bereikt, wordt beslist; het wordt tegengehouden"
    ),
    "assessed on the day of birth": "beoordeeld op de dag van de geboorte",
    "assessed the day before birth": "beoordeeld op de dag vóór de geboorte",
    "assessed on the day itself": "beoordeeld op de dag van de beslissing",
    "assessed tomorrow": "morgen beoordeeld",
    "an assessment recorded at the very instant": "een beoordeling geregistreerd op het tijdstip zelf",
    "an assessment recorded a second later": "een beoordeling geregistreerd één seconde later",
    "a child not born yet, assessed": "een kind dat nog niet geboren is, toch beoordeeld",
    "an older brother besides": "daarnaast een oudere broer",
    "the child under 3 was not assessed, only the older one": (
        "het kind onder de 3 jaar is niet beoordeeld, alleen het oudere"
    ),
    "a parent of another family": "een ouder van een ander gezin",
    "a family that is missing from its own table": "een gezin dat in het gezinsregister ontbreekt",
    "decided on all the same; without a team there is no agreement": (
        "er wordt toch over beslist; zonder team is er geen samenwerkingsovereenkomst"
    ),
    # 1
    "An INSZ (the number of the national register, or a BIS number) ends in two check digits; where they do not fit,"
    " the number is not to be trusted, nor is its row. Having no INSZ is no error.": (
        "Een INSZ (rijksregister- of BIS-nummer) eindigt op twee controlecijfers; kloppen die niet, dan is het nummer"
        " niet te vertrouwen, en de rij evenmin. Geen INSZ hebben is geen fout."
    ),
    "Blank is: nothing that can be seen (white space of every alphabet, control and format characters).": (
        "Blanco is: niets wat men kan zien (witruimte uit elk alfabet, stuur- en opmaaktekens)."
    ),
    "no INSZ": "geen INSZ",
    "born before 2000": "geboren vóór 2000",
    "24 is right with a 2 in front only": "24 is alleen juist met een 2 vooraan",
    "modulo without the 2": "modulo zonder de 2",
    "born from 2000 on": "geboren vanaf 2000",
    "a BIS number: month + 20": "een BIS-nummer: maand + 20",
    "a BIS number: month + 40": "een BIS-nummer: maand + 40",
    "a date that does not exist": "een datum die niet bestaat",
    "the date is not judged": "de datum wordt niet beoordeeld",
    "check digits one off": "controlecijfers één ernaast",
    "two digits swapped": "twee cijfers verwisseld",
    "ten digits": "tien cijfers",
    "twelve digits": "twaalf cijfers",
    "with its usual dots and dashes": "met de gebruikelijke punten en streepjes",
    "a letter O for a zero": "een letter O in plaats van een nul",
    "full-width digits": "cijfers van volle breedte",
    "one Arabic-Indic digit": "één Arabisch-Indisch cijfer",
    "a space behind": "een spatie erachter",
    "a line end behind": "een regeleinde erachter",
    "a minus in front": "een minteken vooraan",
    "empty text": "lege tekst",
    "present, and not 11 digits": "ingevuld, en geen 11 cijfers",
    "eleven zeros": "elf nullen",
    "no first name": "geen voornaam",
    "an empty first name": "een lege voornaam",
    "no last name": "geen achternaam",
    "a last name of spaces": "een achternaam van spaties",
    "a last name of a no-break space": "een achternaam van een vaste spatie",
    "a first name of a tab and a line end": "een voornaam van een tab en een regeleinde",
    "a first name of a zero-width space": "een voornaam van een spatie zonder breedte",
    "a first name of an ideographic space": "een voornaam van een ideografische spatie",
    "a first name of one letter": "een voornaam van één letter",
    "a first name with a space before it": "een voornaam met een spatie ervoor",
    "the other parent's row is wrong": "de rij van de andere ouder is fout",
    "only one's own row counts": "alleen de eigen rij telt",
    "wrong, and deceased as well": "fout, en bovendien overleden",
    "wrong, and without a residence": "fout, en zonder woonplaats",
    "wrong, and withdrawn": "fout, en toestemming ingetrokken",
    # 2
    "The date of death lies on or before the day of the decision, as the calendar in Brussels has it.": (
        "De overlijdensdatum is de dag van de beslissing of een vroegere dag, volgens de kalender in Brussel."
    ),
    "died yesterday": "gisteren overleden",
    "died today": "vandaag overleden",
    "a date of death tomorrow": "een overlijdensdatum van morgen",
    "the other parent died": "de andere ouder is overleden",
    "died, and without a residence": "overleden, en zonder woonplaats",
    "died, at a protected address": "overleden, op een afgeschermd adres",
    "died on a day that had begun in Brussels but not in UTC": (
        "overleden op een dag die in Brussel al begonnen was, maar in UTC nog niet"
    ),
    "the last second before that day": "de laatste seconde vóór die dag",
    "in winter the day begins at 23:00 UTC": "in de winter begint de dag om 23.00 uur UTC",
    "and not at 22:00 UTC": "en niet om 22.00 uur UTC",
}
