-- The papers of the day, by legal person.
select paper_id, kind, legal_basis, kbo, team, state, signed_on, valid_from, until, missing, lacks
from paper
order by kbo, kind, paper_id
