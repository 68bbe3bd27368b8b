-- Homes recorded before an instant: how many, and two sums that differ when one is gone, or is of another parent, day or
-- municipality, or protected or not. The words of an address decide nothing: the night compares those.
select
    count(*) as rows,
    cast(coalesce(sum(parent_id % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((parent_id % 65521 + 1) * ((
        second_of(recorded_at)
        + 3 * coalesce(day_of(valid_from), -1)
        + 5 * coalesce(code_of(nis_code, 5), 0)
        + 7 * case when confidential then 1 when not confidential then 2 else 0 end
    ) % 65519)), 0) as bigint) as second_sum
from residence
where second_of(recorded_at) < $before
