-- By what a look searches a table that has no index which begins with it (docs/deployment.md); of a view nobody can tell.
select string_agg(feed || ' (' || searched || ')', ', ' order by feed, searched) as unindexed
from (
    values
        ('consent_event', 'kbo'),
        ('consent_event', 'parent_id'),
        ('parent', 'family_id'),
        ('parent', 'insz'),
        ('parent', 'octet_length(insz)'),
        ('child', 'family_id'),
        ('indicator_assessment', 'child_id')
) as search (feed, searched)
join pg_class on pg_class.oid = to_regclass(feed) and relkind in ('r', 'p')
where not exists (
    select from pg_index
    where indrelid = pg_class.oid and indisvalid and indpred is null and pg_get_indexdef(indexrelid, 1, true) = searched
)
