"""Mutants that change no outcome, each with the reason why it cannot. Whoever edits a line here proves it anew.

A mutant that survives and is not listed fails the proof; so does a listed one that is killed, or is no more.
"""

EQUIVALENT: dict[str, str] = {
    'source/check/row_parent.sql:6 dropped "when insz IS NULL" -> ""': (
        "It says what follows anyway: of a NULL, the form and both remainders are NULL, no branch is taken, and a CASE"
        " without a branch is the NULL that this one gives."
    ),
    'gate/13_latest_consent.sql:8 default "FALSE" -> "TRUE"': (
        "Only an event whose kind is NULL gets there; row_consent_event.sql calls it kind_unknown, so that the other"
        " half of the conjunction, that it did not fail a row check, is false. Either guard closes on its own. (They"
        " meet by event_id, which is never NULL here: extract marks such a row, and the check stops the run.)"
    ),
    'gate/19_dossier.sql:16 removed "NOT latest_consent.event_id IS NULL" -> "TRUE"': (
        "It differs where there is no event at all; 20_decision.sql then finds no_consent (rule 9) before it asks"
        " whether consent has expired (rule 11)."
    ),
    'gate/20_decision.sql:25 dropped "\'no_residence\'" -> ""': (
        "The reason means that current_code is NULL; in 19_dossier.sql kbo comes from a left join on it, and is NULL."
    ),
    'gate/20_decision.sql:25 dropped "\'not_served\'" -> ""': (
        "The reason means that kbo is NULL, and NULL is what the list makes of it."
    ),
}
