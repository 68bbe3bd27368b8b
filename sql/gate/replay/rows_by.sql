-- The rows of one feed up to an instant, and the sum of their hashes, in which their order plays no part.
select count(*) as rows, coalesce(sum(row_hash), 0)::varchar as hash_sum
from known_row
where recorded_at <= $settled::timestamptz
