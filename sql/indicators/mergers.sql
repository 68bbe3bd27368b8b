-- Every merger that is known, as pipeline/indicators/territory.py has it.
select old_nis_code as old_code, new_nis_code as new_code, merged_on as day
from merger
order by day, old_code
