-- Homes recorded before an instant: how many, and two sums that differ when one is gone, or is protected or not.
select
    count(*) as rows,
    cast(coalesce(sum(parent_id % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((parent_id % 65521)
        * (second_of(recorded_at) % 65519 + case when confidential then 1 else 2 end)
    ), 0) as bigint) as second_sum
from residence
where second_of(recorded_at) < $before
