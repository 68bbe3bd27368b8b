-- What those parents said, to whomever: a no that cannot be placed counts for this recipient too.
where parent_id in $parents
