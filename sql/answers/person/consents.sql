-- The known consent events of these parents. A malformed event may hold any text: the report tells only that the event
-- is malformed. One whose recorded_at is impossible is known too: it sets the parent apart.
select
    event_id,
    kbo,
    occurred_at,
    event_id in (select event_id from failed_consent_event) as is_malformed,
    coalesce(kind = 'grant', false) as is_grant,
    text_version,
    field_list(fields) as fields,
    valid_until
from consent_event, moment
where list_contains($parents::bigint[], parent_id) and coalesce(recorded_at <= known_at, true)
order by occurred_at, recorded_at, event_id
