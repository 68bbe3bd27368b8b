-- The versions of the papers with one recipient that do not count.
select
    'protocol ' || protocol_id || ', recorded ' || protocol.recorded_at as row_id,
    case when protocol.recorded_at > known_at then 'not known yet' else 'an earlier version' end as says
from protocol anti join protocol_state using (protocol_id, recorded_at), moment
where kbo = $kbo
order by protocol_id, protocol.recorded_at
