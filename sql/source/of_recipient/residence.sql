-- Where those parents live and lived.
where parent_id in $parents
