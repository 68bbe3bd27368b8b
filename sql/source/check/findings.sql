-- How many rows each row check set apart, and of how many.
with failed as (
    select 'parent' as feed, rule from failed_parent
    union all select 'consent_event', rule from failed_consent_event
    union all select feed, rule from stray_row
    union all select feed, rule from odd_contact
),
size as (
    select feed, count(*) as rows from feed_row group by feed
)
select feed, rule, count(*) as count, any_value(rows) as of
from failed join size using (feed)
group by feed, rule
order by feed, rule
