"""Names of nobody: common first names, last names and streets of Flanders and of those who came to live there."""

import unicodedata

FIRST = (
    "Lotte Emma Louise Marie Julie Sarah Laura Lisa Sofie Eva Charlotte Elise Hanne Jana Nele Katrien Ilse Ann Els Greet "
    "Liesbeth Annelies Evelien Femke Amber Lien Silke Fien Tine Joke Zoë Noémie Chloé Renée Anaïs Inès Thomas Jonas "
    "Pieter Bram Wout Jan Kevin Tom Bart Stijn Dries Koen Jeroen Maarten Joris Wim Sven Niels Robbe Arne Tim Steven "
    "Mathias Simon Lukas Michiel Ruben Jef René André Loïc Raphaël Jürgen Fatima Naima Samira Khadija Yasmina Amina "
    "Mohamed Youssef Rachid Hassan Karim Bilal Elif Zeynep Ayşe Fatma Emre Mehmet Murat Özlem Katarzyna Agnieszka Piotr "
    "Paweł Oksana Olena Andrij Ioana Mihai Elena Ivan Desislava Marta João Ana Aïcha Mamadou Blessing Grace Precious "
    "Emmanuel Ngozi Abebe Selam Zahra Reza Nasrin Ahmad Layla Omar Noor Rania Thi-Mai Minh Priya Anil Anne-Marie "
    "Marie-Claire Jean-Pierre D'Angelo"
).split()

LAST = (
    "Peeters|Janssens|Maes|Jacobs|Mertens|Willems|Claes|Goossens|Wouters|De Smet|Vermeulen|Pauwels|Dubois|Hermans|"
    "Aerts|Michiels|Lambrecht|Desmet|Martens|De Clercq|Smets|Van Damme|Van den Broeck|Van de Velde|Vandenberghe|"
    "De Backer|Hendrickx|Janssen|Stevens|Coppens|Segers|Verhoeven|Leemans|Lemmens|Bogaert|Cools|Declercq|De Cock|"
    "Thys|Verstraete|Van Hove|Baert|Wauters|De Wilde|Nijs|Van Acker|Bosmans|Simons|Timmermans|Vandamme|Verbeke|"
    "Christiaens|De Meyer|Dewulf|Vercammen|Moens|Vervoort|Geerts|Driesen|Daems|Cuypers|Beckers|Ceulemans|Sels|"
    "D'Hondt|D'Haene|D'Hooghe|D'Hulst|O'Brien|Van 't Hof|'t Jampens|Lefèvre|Crépin|Müller|Noël|Ghysèle|De Coninck|"
    "El Amrani|Benali|El Idrissi|Bouzid|Ben Haddou|Yılmaz|Demir|Çelik|Şahin|Kaya|Öztürk|Nowak|Kowalska|Wiśniewski|"
    "Ionescu|Popescu|Dimitrov|Petrova|Shevchenko|Kovalenko|Silva|Gonçalves|García|Nguyễn|Singh|Sharma|Diallo|Mensah|"
    "Okafor|Tesfaye|Haile|Hosseini|Ahmadi|Rahimi|Al-Hassan|Khan|Vanden Eynde-Peeters|Claeys-Maes"
).split("|")

STREETS = (
    "Kerkstraat|Molenstraat|Schoolstraat|Stationsstraat|Dorpsstraat|Nieuwstraat|Veldstraat|Kapelstraat|Hoogstraat|"
    "Kasteelstraat|Beekstraat|Bosstraat|Groenstraat|Lindelaan|Beukenlaan|Kastanjelaan|Berkenlaan|Eikenlaan|Markt|"
    "Grote Markt|Steenweg op Gent|Brusselsesteenweg|Antwerpsesteenweg|Gentsesteenweg|Leopoldlaan|Koningin Astridlaan|"
    "Sint-Jansstraat|Sint-Pietersstraat|Onze-Lieve-Vrouwestraat|Boomgaardstraat|Bloemenlaan|Rozenlaan|Tulpenstraat|"
    "Vaartstraat|Kanaalstraat|Kouter|Heirbaan|Heidestraat|Akkerstraat|Meersstraat|Leeuwerikstraat|Merelstraat|"
    "Processiestraat|'s-Gravenstraat|Baron de l'Épéelaan|Frère-Orbanlaan|8 Meistraat|11 Novemberlaan|Zandstraat|Hoefstraat"
).split("|")

FORMULAS = ("=Peeters", "+Janssens", "-De Smet", "@Maes")
"""Names that a spreadsheet would read as a formula: they must be neutralised in a drop."""


def mailbox(name: str) -> str:
    """A name as the letters of an e-mail address."""
    folded = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ı", "i"))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())
