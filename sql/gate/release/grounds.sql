-- What each released row stands on: the fields, the papers in force between that recipient and the family's local team,
-- and the consent. `decision` is the table of decisions of this snapshot.
select
    decision.kbo,
    parent.parent_id,
    parent.insz,
    decision.fields,
    agreement_terms.agreements,
    protocol_terms.protocols,
    consent.event_id as consent_event,
    consent.text_version
from decision
join parent using (parent_id)
join family using (family_id)
join agreement_terms on agreement_terms.kbo = decision.kbo and agreement_terms.local_team_id = family.local_team_id
join protocol_terms on protocol_terms.kbo = decision.kbo
join consent on consent.kbo = decision.kbo and consent.parent_id = decision.parent_id
where outcome = 'released'
order by decision.kbo, parent.parent_id
