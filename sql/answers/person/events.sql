-- The parent of each consent event: a line of the ledger names a consent event, even if the parent's row, number or key
-- has changed since.
select event_id, parent_id
from consent_event
where event_id is not null and parent_id is not null
