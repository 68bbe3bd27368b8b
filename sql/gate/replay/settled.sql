-- Up to when one feed's rows must all have been in it by the agency's own word: its load's end, or the decision where
-- that was earlier, less what clocks may differ.
select least(max(produced_at), any_value(known_at)) - to_microseconds(($skew_minutes * 60000000)::bigint) as settled
from feed_control, moment
where feed = $feed
