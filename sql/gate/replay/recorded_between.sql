-- How many rows of one feed were recorded between two instants, whichever is the earlier.
select count(*) as rows
from query_table($feed)
where recorded_at > least($this::timestamptz, $that::timestamptz)
  and recorded_at <= greatest($this::timestamptz, $that::timestamptz)
