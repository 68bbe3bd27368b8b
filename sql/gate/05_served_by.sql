-- The one recipient of a municipality; where none or several serve it, there is no row (reason 5).
create temp table served_by as
select nis_code, any_value(kbo) as kbo
from serving
group by nis_code
having count(*) = 1
