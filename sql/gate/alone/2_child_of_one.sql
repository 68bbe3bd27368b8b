-- Their children: one row for each such parent, with a number of its own.
create temp table child_of_one as
select row_number() over (order by parent_id, child_id) as number, parent_id, child_id
from withheld_for_address join child using (family_id)
