-- Versions of agreements recorded before an instant: how many, and two sums that differ when one is gone, or says anything else.
select
    count(*) as rows,
    cast(coalesce(sum(code_of(agreement_id, 32) % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((code_of(agreement_id, 32) % 65521 + 1) * ((
        second_of(recorded_at)
        + 3 * coalesce(number_of(kbo), 0)
        + 5 * coalesce(code_of(local_team_id, 32), 0)
        + 7 * coalesce(day_of(signed_on), -1)
        + 11 * coalesce(day_of(valid_from), -1)
        + 13 * coalesce(day_of(valid_until), -1)
        + 17 * coalesce(day_of(ended_on), -1)
        + 19 * coalesce(min_criteria % 65519, -1)
    ) % 65519)), 0) as bigint) as second_sum
from agreement
where second_of(recorded_at) < $before
