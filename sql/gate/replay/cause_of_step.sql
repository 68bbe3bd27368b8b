-- Whose decision changed when one thing was replaced by what it is today.
insert into cause
select person, $cause
from before full join after using (parent_id) join person_of using (parent_id)
where (before.outcome, before.kbo, before.reason, before.fields)
    is distinct from (after.outcome, after.kbo, after.reason, after.fields)
