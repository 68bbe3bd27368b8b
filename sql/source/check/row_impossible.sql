-- Rows about one person that hold an impossible value, of those recorded by then (DOMAIN: impossible values), with the
-- parents whom each sets apart: its own, or every parent of the child's family. `unparsable` names the columns of which
-- extract found the value impossible. Of a consent event `occurred_at` may be so: that makes no more of it than a no.
create temp view impossible_row as
with found as (
    select 'parent' as feed, parent_id, null::timestamptz as recorded_at from parent where unparsable is not null
    union all
    select 'residence', parent_id, recorded_at from residence where unparsable is not null
    union all
    select 'consent_event', parent_id, recorded_at from consent_event where unparsable <> 'occurred_at'
    union all
    select 'child', parent.parent_id, null from child join parent using (family_id) where child.unparsable is not null
    union all
    select 'indicator_assessment', parent.parent_id, indicator_assessment.recorded_at
    from indicator_assessment join child using (child_id) join parent using (family_id)
    where indicator_assessment.unparsable is not null
)
select distinct feed, parent_id
from found, moment
where coalesce(recorded_at <= known_at, true)
