"""Mutants that change no outcome, each with the reason why it cannot. Whoever edits a line here proves it anew.

A mutant that survives and is not listed fails the proof; so does a listed one that is killed, or is no more.
"""

EQUIVALENT: dict[str, str] = {
    'source/check/row_parent.sql:7 dropped "when insz IS NULL" -> ""': (
        "It says what follows anyway: of a NULL, the form and both remainders are NULL, no branch is taken, and a CASE"
        " without a branch is the NULL that this one gives."
    ),
    'gate/20_decision.sql:25 dropped "\'no_residence\'" -> ""': (
        "The reason means that current_code is NULL; in 19_dossier.sql kbo comes from a left join on it, and is NULL."
    ),
    'gate/20_decision.sql:25 dropped "\'not_served\'" -> ""': (
        "The reason means that kbo is NULL, and NULL is what the list makes of it."
    ),
}
