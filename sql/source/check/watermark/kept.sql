-- The hashes in the order in which they are kept.
select feed, row_hash from row_hash order by row_hash
