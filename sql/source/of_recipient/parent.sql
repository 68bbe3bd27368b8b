-- Those families' parents.
where parent_id in $parents
