-- Every parent of those families (a co-parent's protected address counts), and every other row of theirs: a no under
-- one row of a person counts under each. Numbers are compared by their digits: one that takes more than eleven bytes may
-- hold the same digits, and is read to be compared. Three searches, each of which an index can serve.
select cast(parent_id as bigint) as id
from parent
where family_id in $families
union
select cast(parent_id as bigint)
from parent
where insz in (select insz from parent where family_id in $families)
union
select cast(parent_id as bigint)
from parent
where octet_length(insz) > 11
