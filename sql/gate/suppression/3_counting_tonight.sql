-- Each no that counts now, and for whom it does; also one that is recorded ahead (`later_counting_no`, where there are such
-- rows and it was decided twice).
create temp view if not exists later_counting_no as from counting_no where false;
create temp table counting_tonight as
select distinct person, event_id, kbo, is_to_all
from (from counting_no union all from later_counting_no)
