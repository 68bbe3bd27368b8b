-- Values that could not be read, by column: extract names the columns in each row.
with marked as (
    select feed, unnest(string_split(unparsable, ',')) as name from feed_row where unparsable is not null
)
select feed, 'unparsable_' || name as fact, count(*)::double as value
from marked
group by feed, name
