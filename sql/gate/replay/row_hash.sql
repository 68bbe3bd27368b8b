-- 64 bits of MD5 over each whole row of one feed that only grows, of those recorded by an instant; MD5 of JSON as in
-- sql/source/check/watermark/row_hash.sql.
create or replace temp table known_row as
select recorded_at, (md5_number(to_json(feed_row)::varchar) >> 64)::ubigint as row_hash
from query_table($feed) as feed_row
where recorded_at <= $known_at::timestamptz
