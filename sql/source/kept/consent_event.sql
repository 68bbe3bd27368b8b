-- Events recorded before an instant: how many, and two sums that differ when one is gone, or says anything else.
-- Runs in SQLite, PostgreSQL and DuckDB: whole numbers alone, small enough that no sum overflows.
select
    count(*) as rows,
    cast(coalesce(sum(coalesce(event_id, 0) % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((coalesce(event_id, 0) % 65521 + 1) * ((
        coalesce(parent_id, -1) % 65519
        + 3 * coalesce(number_of(kbo), 0)
        + 5 * coalesce(code_of(kind, 1), 0)
        + 7 * coalesce(code_of(text_version, 6), 0)
        + 11 * coalesce(length(cast(fields as text)), 0)
        + 13 * case when cast(fields as text) like '%address%' then 1 else 2 end
        + 26 * case when cast(fields as text) like '%phone%' then 1 else 2 end
        + 52 * case when cast(fields as text) like '%email%' then 1 else 2 end
        + 17 * coalesce(day_of(valid_until), -1)
        + 19 * coalesce(second_of(occurred_at), -1)
        + 23 * coalesce(second_of(recorded_at), -1)
    ) % 65519)), 0) as bigint) as second_sum
from consent_event
where second_of(recorded_at) < $before
