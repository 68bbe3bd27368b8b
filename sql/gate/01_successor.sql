-- The municipality that a NIS code stands for on the day: itself while it is current, else what mergers up to
-- the day made of it (DOMAIN: mergers). A code that leads nowhere, or to two places, has no row here.
create temp table successor as
with recursive current_code as (
    select distinct nis_code from municipality, moment
    where coalesce(valid_from <= day, true) and coalesce(day <= valid_until, true)
),
walk(nis_code, reached) as (
    select nis_code, nis_code from municipality
    union
    select walk.nis_code, merger.new_nis_code
    from walk join merger on merger.old_nis_code = walk.reached, moment
    where merged_on <= day
)
select walk.nis_code, any_value(reached) as current_code
from walk join current_code on current_code.nis_code = reached
group by walk.nis_code
having count(distinct reached) = 1
