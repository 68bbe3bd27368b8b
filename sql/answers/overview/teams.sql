-- Every local team as papers name it.
select case when count(*) over (partition by name) > 1 then name || ' (' || local_team_id || ')' else name end as name
from local_team
order by name, local_team_id
