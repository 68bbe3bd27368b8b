-- Every child of those families.
select cast(child_id as bigint) as id
from child
where family_id in $families
