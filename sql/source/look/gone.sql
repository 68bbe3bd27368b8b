-- Rows of the last accepted night that these feeds, read whole, do not have any more; an altered row is gone too.
with present as (
    select distinct feed, row_hash, true as is_present from row_hash
)
select feed, count(*) filter (where is_present is null) as gone, count(*) as rows
from last_row_hash left join present using (feed, row_hash)
where feed in (select unnest($feeds::varchar[]))
group by feed
having gone > 0
order by feed
