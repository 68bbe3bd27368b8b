-- The versions of these agreements that do not count.
select
    'agreement ' || agreement_id || ', recorded ' || agreement.recorded_at as row_id,
    case when agreement.recorded_at > known_at then 'not known yet' else 'an earlier version' end as says
from agreement anti join agreement_state using (agreement_id, recorded_at), moment
where kbo = $kbo and local_team_id = $local_team_id
order by agreement_id, agreement.recorded_at
