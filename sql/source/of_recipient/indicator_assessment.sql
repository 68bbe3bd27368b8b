-- The assessments of those children.
where child_id in $children
