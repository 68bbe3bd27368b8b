-- Families, with the team that follows each now.
select
    family_id,
    local_team_id
from family
