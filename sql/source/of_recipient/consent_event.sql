-- What was said to this recipient.
select
    event_id,
    parent_id,
    kbo,
    kind,
    text_version,
    fields,
    valid_until,
    occurred_at,
    recorded_at
from consent_event
where kbo = $1
