-- What is compared from night to night: the rows of every feed, and of parents, grants and withdrawals.
create temp table count_tonight as
select feed, 'rows' as name, count(*) as rows from feed_row group by feed
union all
select 'parent', 'parents', count(*) from parent
union all
select 'consent_event', 'grants', count(*) filter (kind = 'grant') from consent_event
union all
select 'consent_event', 'withdrawals', count(*) filter (kind = 'withdrawal') from consent_event
