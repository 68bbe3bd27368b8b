-- To how many of these tables our role may write: it needs the right to read, and no other.
select count(*) as writable
from unnest($1::text[]) as feed
where has_table_privilege(to_regclass(feed), 'insert, update, delete, truncate')
