-- The decision, with the list as an upper bound: a parent to whom a no of the list stands is withdrawn.
create or replace temp table decision as
select parent_id, 'withheld' as outcome, kbo, 'withdrawn' as reason, null::varchar as fields
from decision semi join withheld_by_list using (parent_id)
union all
select parent_id, outcome, kbo, reason, fields
from decision anti join withheld_by_list using (parent_id)
