-- The transactions that had ended when this one began, of this very server since its start: each that changes a row has a
-- number, and ends when it is committed. NULL where rows could change without one: on a standby, in a view, a table of
-- another server or one with parts, or by a policy that looks at the clock.
with feed_table as (
    select relkind = 'r' and not relrowsecurity and pg_class.oid not in (select inhparent from pg_inherits) as is_plain
    from unnest($1::text[]) as feed join pg_class on pg_class.oid = to_regclass(feed)
)
select case when not pg_is_in_recovery() and count(*) filter (where is_plain) = cardinality($1::text[])
    then concat_ws(' ', current_database(), pg_postmaster_start_time(), txid_current_snapshot())
end as written
from feed_table
