-- A row for every parent as it is kept; who is not in the population is `outside`, and of them only what could have
-- brought them into it. In the order of the hashes, which says nothing of the agency's numbers.
select
    person,
    coalesce(outcome, 'outside') as outcome,
    kbo,
    reason,
    fields,
    family_id,
    case when outcome is not null then parent end as parent,
    case when outcome is not null then family end as family,
    child
from fingerprint join person_of using (parent_id) left join decision using (parent_id)
order by person
