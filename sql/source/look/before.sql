-- The second before which every row of a feed that only grows is in tonight's feeds: recorded before its load and before
-- it was read, with the minutes that clocks may differ. NULL where a feed says nothing of its load.
select case when count(*) = len($feeds::varchar[]) then
    floor((epoch_us(min(least(produced_at, $read_at::timestamptz))) - $skew_minutes * 6e7) / 1e6)::bigint
end as before
from load_tonight
where feed in (select unnest($feeds::varchar[]))
