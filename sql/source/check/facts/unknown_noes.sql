-- Noes of a parent that no row knows: they can be applied to nobody. Those recorded since last night's load are new; what
-- came between that load and its reading may be counted twice, which only asks once more.
with no as (
    select recorded_at
    from consent_event anti join parent using (parent_id)
    where kind is distinct from 'grant' or event_id in (select event_id from failed_consent_event)
),
told as (
    select count(*) as known, count(*) filter (recorded_at >= least(produced_at, $last_read_at::timestamptz)) as new
    from no, (select max(produced_at) as produced_at from last_load where feed = 'consent_event')
)
select 'consent_event' as feed, 'noes_of_unknown_parent' as fact, new::double as value from told
union all
select 'consent_event', 'noes_last_night', known - new from told
union all
select 'consent_event', 'noes_tonight', known from told
