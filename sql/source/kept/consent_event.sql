-- Events recorded before an instant: how many, and two sums that differ when one is gone, or has another parent or kind.
-- Runs in SQLite, PostgreSQL and DuckDB: whole numbers alone, small enough that no sum overflows.
select
    count(*) as rows,
    cast(coalesce(sum(event_id % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((event_id % 65521)
        * (parent_id % 65519 + case cast(kind as text) when 'grant' then 1 when 'withdrawal' then 2 else 3 end)
    ), 0) as bigint) as second_sum
from consent_event
where second_of(recorded_at) < $before
