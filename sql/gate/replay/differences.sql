-- How many differ in the same way for the same causes.
select on_record, decided_now, causes, count(*) as parents
from difference
group by on_record, decided_now, causes
order by parents desc, on_record, decided_now, causes
