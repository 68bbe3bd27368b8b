-- What each parent is told. One whom the gate would release is told what a parent below the threshold is told.
select parent_id, kbo, coalesce(reason, 'no_need') as reason
from decision
order by parent_id
