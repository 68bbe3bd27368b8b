-- Every parent, to be known by a keyed hash.
select parent_id from parent order by parent_id
