-- What the agency's load says of each feed, beside what was read: rows, and age at the instant of the decision.
-- A feed that is not exactly once in feed_control, complete, fails on `control_rows`; its other facts say nothing then.
-- "Now" is when the check runs: a decision of the past is replayed on today's database.
with written as (
    select
        feed,
        count(*) filter (produced_at is not null and row_count is not null) as rows,
        max(row_count) as row_count,
        max(produced_at) as produced_at
    from feed_control
    group by feed
),
seen as (
    select feed, count(*) as rows from feed_row group by feed
),
fact as (
    select
        feed,
        coalesce(seen.rows, 0)::double as rows,
        coalesce(written.rows, 0)::double as control_rows,
        coalesce(row_count, 0)::double as rows_expected,
        coalesce(coalesce(seen.rows, 0) - row_count, 0)::double as rows_surplus,
        coalesce((epoch_us(decided_at) - epoch_us(produced_at)) / 3.6e9, 0)::double as age_hours,
        coalesce((epoch_us(produced_at) - epoch_us(greatest(decided_at, $now::timestamptz))) / 6e7, 0)::double
            as ahead_minutes
    from (select unnest($feeds::varchar[]) as feed)
    left join written using (feed)
    left join seen using (feed), moment
)
select feed, fact, value from (unpivot fact on columns(* exclude feed) into name fact value value)
