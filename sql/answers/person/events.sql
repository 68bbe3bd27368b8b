-- Whose each consent event is: a line of the ledger names one, also when the parent's row, number or key is another now.
select event_id, parent_id
from consent_event
where event_id is not null and parent_id is not null
