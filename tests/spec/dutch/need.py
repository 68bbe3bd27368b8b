"""tests/spec/need.py in Dutch."""

TEXTS = {
    "`min_criteria` is the threshold that the agreement in force states. The latest among the valid assessments: the"
    " latest `assessed_on` up to the day, then the latest recorded, then the highest id. A criterion that was not"
    " assessed is not weak.": (
        "`min_criteria` is de drempel die de samenwerkingsovereenkomst die van kracht is, vermeldt. De recentste van de"
        " geldige beoordelingen: de laatste `assessed_on` tot en met de dag, dan de laatst geregistreerde, dan het"
        " hoogste nummer. Een criterium dat niet beoordeeld is, is niet zwak."
    ),
    "weak on three of six": "zwak op drie van de zes",
    "weak on two of six": "zwak op twee van de zes",
    "weak on none": "zwak op geen enkel",
    "weak on six": "zwak op alle zes",
    "weak on three, the others not assessed": "zwak op drie, de andere niet beoordeeld",
    "weak on two, the others not assessed": "zwak op twee, de andere niet beoordeeld",
    "weak on income and two others": "zwak op inkomen en twee andere",
    "weak on education and two others": "zwak op opleiding en twee andere",
    "weak on employment and two others": "zwak op arbeidssituatie en twee andere",
    "weak on stimulation and two others": "zwak op stimulatie en twee andere",
    "weak on housing and two others": "zwak op huisvesting en twee andere",
    "weak on health and two others": "zwak op gezondheid en twee andere",
    "a threshold of 1, weak on none": "een drempel van 1, zwak op geen enkel",
    "a threshold of 1, weak on one": "een drempel van 1, zwak op één",
    "a threshold of 6, weak on five": "een drempel van 6, zwak op vijf",
    "a threshold of 6, weak on six": "een drempel van 6, zwak op zes",
    "a threshold of 4, weak on three": "een drempel van 4, zwak op drie",
    "a threshold of 2, weak on two": "een drempel van 2, zwak op twee",
    "two agreements, with thresholds of 2 and 4, weak on three": (
        "twee samenwerkingsovereenkomsten, met drempels van 2 en 4, zwak op drie"
    ),
    "two agreements, one with a threshold of 2, one with none stated, weak on two": (
        "twee samenwerkingsovereenkomsten, één met een drempel van 2, één zonder, zwak op twee"
    ),
    "nothing stated is 3": "zonder vermelding geldt 3",
    "the agreement with the higher threshold has ended": (
        "de samenwerkingsovereenkomst met de hogere drempel is beëindigd"
    ),
    "the agreement with the higher threshold is with another team": (
        "de samenwerkingsovereenkomst met de hogere drempel is met een ander team"
    ),
    "a version with a higher threshold was replaced": "een versie met een hogere drempel is vervangen",
    "a later assessment is better": "een latere beoordeling is beter",
    "a later assessment is worse": "een latere beoordeling is slechter",
    "a better one, recorded later, of an earlier day": "een betere, later geregistreerd, van een vroegere dag",
    "a better one of the same day, recorded later": "een betere van dezelfde dag, later geregistreerd",
    "a worse one of the same day, recorded later": "een slechtere van dezelfde dag, later geregistreerd",
    "a tie: the higher id is the better one": "gelijk: het hoogste nummer is de betere",
    "a tie: the higher id is the worse one": "gelijk: het hoogste nummer is de slechtere",
    "a tie: the higher id, as a number and not as text": "gelijk: het hoogste nummer, als getal en niet als tekst",
    "a later assessment without any criterion is passed over": (
        "een latere beoordeling zonder enig criterium wordt overgeslagen"
    ),
    "an assessment of tomorrow is passed over": "een beoordeling van morgen wordt overgeslagen",
    "a worse one of tomorrow is passed over": "een slechtere van morgen wordt overgeslagen",
    "a worse one from before the birth is passed over": "een slechtere van vóór de geboorte wordt overgeslagen",
    "a better one that was not recorded yet": "een betere die nog niet geregistreerd was",
    "a better one, recorded at the very instant": "een betere, geregistreerd op het tijdstip zelf",
    "of two children one is in need": "van twee kinderen bereikt één de drempel",
    "two children, weak on two each": "twee kinderen, elk zwak op twee",
    "children are not added up": "kinderen worden niet opgeteld",
    "the child in need is three, the other is not in need": (
        "het kind dat de drempel bereikt, is drie; het andere bereikt hem niet"
    ),
    "no need and no protocol": "drempel niet bereikt en geen protocol",
    "no need and no consent": "drempel niet bereikt en geen toestemming",
}
