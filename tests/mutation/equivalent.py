"""Mutants that change no outcome, each with the reason why it cannot. Whoever edits a line here proves it anew.

A mutant that survives and is not listed fails the proof; so does a listed one that is killed, or is no more.
"""

EQUIVALENT: dict[str, str] = {
    'source/check/row_parent.sql:7 dropped "when insz IS NULL" -> ""': (
        "It says what follows anyway: of a NULL, the form and both remainders are NULL, no branch is taken, and a CASE"
        " without a branch is the NULL that this one gives."
    ),
    'gate/14_known_event.sql:17 default "FALSE" -> "TRUE"': (
        "Only an event whose kind is NULL gets there; row_consent_event.sql calls it kind_unknown, so that the other"
        " half of the conjunction, that it did not fail a row check, is false. Either guard closes on its own. (They"
        " meet by event_id, which is never NULL here: extract marks such a row, and the check stops the run.)"
    ),
    'gate/17_consent.sql:7 removed "NOT is_to_all" -> "TRUE"': (
        "It adds a pair for the kbo that a no to everyone names. That kbo is of no recipient that serves, so no parent"
        " lives where it does, and 19_dossier.sql asks for no such pair."
    ),
    'gate/17_consent.sql:20 removed "served_by.nis_code = current_code" -> "TRUE"': (
        "It adds pairs of a parent and a recipient that does not serve where the parent lives; 19_dossier.sql asks for"
        " the recipient that does."
    ),
    'gate/clocks/consent_event.sql:5 shifted "consent_event.recorded_at BETWEEN decided_at AND known_at" ->'
    ' "(consent_event.recorded_at > decided_at AND consent_event.recorded_at <= known_at)"': (
        "What was recorded at the instant itself is put at that instant, where it was."
    ),
    'gate/clocks/decision.sql:18 inner "LEFT JOIN later_decision AS later USING (parent_id)" ->'
    ' "JOIN later_decision AS later USING (parent_id)"': (
        "Later knows every row that now knows, and more: whoever is in the population now is in it then too. The left"
        " join stays, so that nobody could go uncounted."
    ),
    'gate/clocks/decision.sql:19 inner "LEFT JOIN later_dossier USING (parent_id)" ->'
    ' "JOIN later_dossier USING (parent_id)"': (
        "As for the decision above it: a row for every parent of the population."
    ),
    'gate/20_decision.sql:25 dropped "\'no_residence\'" -> ""': (
        "The reason means that current_code is NULL; in 19_dossier.sql kbo comes from a left join on it, and is NULL."
    ),
    'gate/20_decision.sql:25 dropped "\'not_served\'" -> ""': (
        "The reason means that kbo is NULL, and NULL is what the list makes of it."
    ),
}
