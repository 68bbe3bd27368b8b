-- Versions of agreements recorded before an instant: how many, and two sums that differ when one is gone, or is signed or
-- ended where it was not.
select
    count(*) as rows,
    cast(coalesce(sum(second_of(recorded_at) % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((second_of(recorded_at) % 65521)
        * (length(cast(agreement_id as text)) + case when signed_on is null then 1 else 2 end
            + case when ended_on is null then 3 else 5 end)
    ), 0) as bigint) as second_sum
from agreement
where second_of(recorded_at) < $before
