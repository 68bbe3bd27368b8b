-- Every child born from the day $1 on.
select child_id, family_id, birth_date, client from child where birth_date >= $1 order by child_id
