-- What those parents said, to whomever: every value. Of the noes of anybody else, numbers (noes.sql).
where parent_id in $parents
