select child.* replace (child_of_one.number as child_id, child_of_one.parent_id as family_id)
from child join child_of_one using (child_id)
