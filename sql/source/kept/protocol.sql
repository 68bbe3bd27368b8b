-- Versions of protocols recorded before an instant: how many, and two sums that differ when one is gone, or is signed or
-- ended where it was not, or names other fields.
select
    count(*) as rows,
    cast(coalesce(sum(second_of(recorded_at) % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((second_of(recorded_at) % 65521)
        * (length(cast(protocol_id as text)) + length(cast(fields as text)) + case when signed_on is null then 1 else 2 end
            + case when ended_on is null then 3 else 5 end)
    ), 0) as bigint) as second_sum
from protocol
where second_of(recorded_at) < $before
