-- The one recipient of a municipality; where none or several serve it, or one that is not registered,
-- there is no row (reason 5).
create temp table served_by as
select nis_code, any_value(kbo) as kbo
from serving
group by nis_code
having count(*) = 1 and any_value(kbo) in (select kbo from recipient)
