-- 64 bits of MD5 over each whole row of one feed that only grows, of those recorded by an instant; MD5 of JSON as in
-- sql/source/check/watermark/row_hash.sql. A row that does not say when it was recorded is of before all others.
create or replace temp table known_row as
select
    coalesce(recorded_at, timestamptz '-infinity') as recorded_at,
    (md5_number(to_json(feed_row)::varchar) >> 64)::ubigint as row_hash
from query_table($feed) as feed_row
where coalesce(recorded_at <= $known_at::timestamptz, true)
