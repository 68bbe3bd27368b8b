-- The feeds that do not hold the rows that the agency's own load says, or of which it says nothing.
with seen(feed, rows) as (
    select 'child', count(*) from child
    union all
    select 'child_on_31_december', count(*) from child_on_31_december
    union all
    select 'indicator_assessment', count(*) from indicator_assessment
)
select feed, rows
from seen
where (select list(row_count) from feed_control where feed_control.feed = seen.feed) is distinct from [rows]
order by feed
