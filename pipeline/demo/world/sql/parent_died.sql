-- A parent ($2) died on the day $1.
update parent set deceased_on = $1 where parent_id = $2
