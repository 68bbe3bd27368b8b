-- Rows of a feed that only grows, recorded before last night's load and yet not in it: written into the past, so that
-- a replay of last night would know what that night did not. What came between that load and its reading is no lie:
-- it could only be in tonight's.
select feed, 'backdated' as fact, count(*)::double as value
from row_hash anti join last_row_hash using (row_hash) join last_load using (feed)
where epoch_us(recorded_at) < epoch_us(least(produced_at, $last_read_at::timestamptz)) - $skew_minutes * 6e7
group by feed
