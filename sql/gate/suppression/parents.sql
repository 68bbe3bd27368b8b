-- Whom the list withholds, from which recipient, and whether only what that recipient itself returned does.
select parent_id, kbo, bool_and(returned_row is not null) as is_returned
from withheld_by_list
group by parent_id, kbo
order by parent_id
