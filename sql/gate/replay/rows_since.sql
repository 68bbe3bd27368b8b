-- The hashes of the rows after it.
select row_hash
from known_row
where recorded_at > $settled::timestamptz
order by row_hash
