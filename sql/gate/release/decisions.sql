-- The decision on every parent, for staging: no personal value.
select parent_id, outcome, kbo, reason, fields
from decision
order by parent_id
