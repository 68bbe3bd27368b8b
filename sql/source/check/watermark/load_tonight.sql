-- When the agency's load produced each feed, by its own word; a feed that is not in feed_control has no instant.
create temp table load_tonight as
select feed, max(produced_at) as produced_at
from feed_control
where produced_at is not null and feed in (select unnest($feeds::varchar[]))
group by feed
