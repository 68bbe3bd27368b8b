-- Every parent of those families: a co-parent's protected address counts.
select cast(parent_id as bigint) as id
from parent
where family_id in $families
