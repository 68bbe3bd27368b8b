-- What is to be kept of this decision.
select key_id, person, insz, event, kbo, is_own, is_grant, counts_from, recorded_at, returned_row
from new_no
order by person, event, kbo
