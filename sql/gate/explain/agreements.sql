-- The agreements between one recipient and one local team, and each condition of being in force.
select
    agreement_id, recorded_at, min_criteria, is_signed, has_begun, has_not_ended, suits_territory, is_sound, in_force
from agreement_state
where kbo = $kbo and local_team_id = $local_team_id
order by agreement_id
