-- How many events the agency lost.
select count(distinct event) as events
from lost_no
