-- The latest version of every cooperation agreement, and its state on the day: the gate's own (sql/gate/07).
select
    agreement_id,
    agreement.kbo,
    recipient.name,
    coalesce(local_team.name, agreement.local_team_id) as team,
    case
        when not has_not_ended then 'ended'
        when not is_sound then 'error'
        when not (is_signed and has_begun) then 'not_yet'
        when not suits_territory then 'to_be_renewed'
        when in_force then 'in_force'
    end as state,
    signed_on,
    valid_from,
    least(valid_until, ended_on) as valid_until,
    agreement_state.min_criteria
from agreement_state
join agreement using (agreement_id, recorded_at)
left join recipient on recipient.kbo = agreement.kbo
left join local_team on local_team.local_team_id = agreement.local_team_id
order by recipient.name, agreement.kbo, agreement_id
