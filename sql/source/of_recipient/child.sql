-- Those families' children.
where child_id in $children
