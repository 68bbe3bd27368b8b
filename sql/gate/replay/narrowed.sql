-- One feed as it was: rows recorded by an instant, or that do not say when, without those that a later load brought (by
-- their hashes).
select *
from query_table($feed) as feed_row
where coalesce(recorded_at <= $known_at::timestamptz, true)
  and (
    len($later::ubigint[]) = 0
    or (md5_number(to_json(feed_row)::varchar) >> 64)::ubigint not in (select unnest($later::ubigint[]))
  )
