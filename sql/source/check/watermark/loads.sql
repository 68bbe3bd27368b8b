-- The loads as they are kept.
select feed, produced_at from load_tonight order by feed
