-- The Kind en Gezin teams.
select
    local_team_id,
    name
from local_team
