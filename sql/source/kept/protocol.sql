-- Versions of protocols recorded before an instant: how many, and two sums that differ when one is gone, or says anything else.
select
    count(*) as rows,
    cast(coalesce(sum(code_of(protocol_id, 32) % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((code_of(protocol_id, 32) % 65521 + 1) * ((
        second_of(recorded_at)
        + 3 * coalesce(number_of(kbo), 0)
        + 5 * coalesce(code_of(legal_basis, 32), 0)
        + 7 * coalesce(code_of(kind, 32), 0)
        + 11 * coalesce(day_of(signed_on), -1)
        + 13 * coalesce(code_of(published_url, 32), 0)
        + 17 * coalesce(code_of(recipient_published_url, 32), 0)
        + 19 * coalesce(day_of(dpo_advice_on), -1)
        + 23 * coalesce(day_of(recipient_dpo_advice_on), -1)
        + 29 * coalesce(day_of(valid_from), -1)
        + 31 * coalesce(day_of(valid_until), -1)
        + 37 * coalesce(day_of(ended_on), -1)
        + 41 * coalesce(code_of(fields, 24), 0)
        + 43 * coalesce(retention_days % 65519, -1)
    ) % 65519)), 0) as bigint) as second_sum
from protocol
where second_of(recorded_at) < $before
