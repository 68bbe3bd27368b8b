-- What the agency's load says of each feed: how many control rows, how many of them complete, and what those say.
select
    feed,
    count(*) as rows,
    count(*) filter (where produced_at is not null and row_count is not null) as complete,
    max(produced_at) as produced_at,
    max(row_count) as row_count
from feed_control
where feed is not null
group by feed
