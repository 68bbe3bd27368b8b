-- The latest version of every protocol of this flow, and its state on the day: the gate's own (sql/gate/11).
select
    protocol_id,
    protocol.kbo,
    recipient.name,
    case
        when not has_not_ended then 'ended'
        when not is_sound then 'error'
        when not (is_signed and is_published and has_advice and has_begun) then 'not_yet'
        when not suits_territory then 'to_be_renewed'
        when in_force then 'in_force'
    end as state,
    signed_on,
    published_url,
    dpo_advice_on,
    valid_from,
    least(valid_until, ended_on) as valid_until,
    protocol_state.fields,
    protocol_state.retention_days
from protocol_state
join protocol using (protocol_id, recorded_at)
left join recipient on recipient.kbo = protocol.kbo
where is_this_flow and is_protocol
order by recipient.name, protocol.kbo, protocol_id
