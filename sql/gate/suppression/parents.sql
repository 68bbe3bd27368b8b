-- Whom the list withholds, and from which recipient.
select distinct parent_id, kbo
from withheld_by_list
order by parent_id
