-- What is gone since last night: rows of a feed that only grows (a row that was altered is gone too), versions of the
-- consent text, a whole feed, some of its rows, or a share of the parents, grants or withdrawals. Of few rows a share
-- says nothing and is 0.
with compared as (
    select feed, name, coalesce(tonight.rows, 0) as tonight, last.rows as last
    from last_count as last left join count_tonight as tonight using (feed, name)
)
select feed, 'gone' as fact, count(*)::double as value
from last_row_hash anti join row_hash using (row_hash)
group by feed
union all
select feed, 'emptied', (tonight = 0 and last > 0)::double from compared where name = 'rows'
union all
select feed, 'rows_lost', greatest(last - tonight, 0) from compared where name = 'rows'
union all
select feed, 'rows_lost_share', case when last >= $min_rows then greatest(last - tonight, 0) / greatest(last, 1) else 0 end
from compared where name = 'rows'
union all
select feed, name || '_last_night', last from compared
union all
select feed, name || '_tonight', tonight from compared
union all
select feed, name || '_change',
    case when greatest(tonight, last) >= $min_rows then abs(tonight - last) / greatest(last, 1) else 0 end
from compared where name <> 'rows'
