-- The transactions that had ended when this one began, of this very server since its start; each that changes a row has a
-- number and counts as ended when it is committed. NULL where rows could change without one of them: on a standby, in a
-- view, a table of another server or one with parts, or by a policy that looks at the clock.
select case when not pg_is_in_recovery() and count(*) filter (where relkind = 'r' and not relhassubclass and not relrowsecurity)
    = cardinality($1::text[])
    then concat_ws(' ', current_database(), pg_postmaster_start_time(), txid_current_snapshot())
end as written
from unnest($1::text[]) as feed join pg_class on pg_class.oid = to_regclass(feed)
