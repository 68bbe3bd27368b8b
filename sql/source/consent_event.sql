-- Grants and withdrawals; append-only.
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
