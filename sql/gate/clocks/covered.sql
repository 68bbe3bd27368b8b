-- Who gets a drop: whom the papers cover as of now, and as if those recorded ahead had been recorded now
-- (`later_covered`). A drop rests on both, so it names the papers of both, with the shorter retention.
create or replace temp table covered as
select now.* replace (
    list_sort(list_distinct(list_concat(now.agreements, later.agreements))) as agreements,
    list_sort(list_distinct(list_concat(now.protocols, later.protocols))) as protocols,
    least(now.retention_days, later.retention_days) as retention_days
)
from covered as now join later_covered as later using (kbo)
