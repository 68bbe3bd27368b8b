-- A family ($2) is followed by the local team $1 from now on.
update family set local_team_id = $1 where family_id = $2
