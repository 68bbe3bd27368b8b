-- Row checks: a residence, an assessment or a consent event that points nowhere (DOMAIN: checks before the gate).
-- The gate starts from parents and children that exist, so such a row decides nothing.
create temp view stray_row as
select 'residence' as feed, 'parent_unknown' as rule
from residence anti join parent using (parent_id)
union all
select 'indicator_assessment', 'child_unknown'
from indicator_assessment anti join child using (child_id)
union all
select 'consent_event', 'parent_unknown'
from consent_event anti join parent using (parent_id)
union all
select 'consent_event', 'recipient_unknown'
from consent_event anti join recipient using (kbo)
