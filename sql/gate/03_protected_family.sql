-- Families in which any parent's current residence is a protected address (reason 4).
create temp table protected_family as
select distinct family_id
from parent join current_residence using (parent_id)
where is_protected
