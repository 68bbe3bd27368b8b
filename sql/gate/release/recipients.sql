-- Who gets a drop tonight, and under which papers; sorted by KBO and frozen for the run.
select kbo, name, agreements, protocols, retention_days
from covered
order by kbo
