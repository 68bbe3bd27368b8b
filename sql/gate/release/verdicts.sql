-- Who each parent is released to, or why it is not.
select parent_id, kbo, reason
from decision
