-- The counts as they are kept.
select feed, name, rows from count_tonight order by feed, name
