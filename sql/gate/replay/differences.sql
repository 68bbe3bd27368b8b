-- How many differ in the same way for the same causes.
select said, says, causes, count(*) as parents
from difference
group by said, says, causes
order by parents desc, said, says, causes
