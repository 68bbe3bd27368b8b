-- Who gets a drop: whom the papers cover as of now, and as if those recorded ahead had been recorded now
-- (`later_covered`). Under the papers of now, with the shorter retention of the two.
create or replace temp table covered as
select now.* replace (least(now.retention_days, later.retention_days) as retention_days)
from covered as now join later_covered as later using (kbo)
