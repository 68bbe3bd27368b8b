-- Every agreement and protocol on the day, each in the first state that applies: by the gate's own conditions
-- (sql/gate/07 and 11). One that was neither signed nor on record by then is not of this day. What is not of this flow
-- or no protocol is not held to the conditions of this flow.
create temp table paper as
with first_version as (
    select 'agreement' as feed, agreement_id as paper_id, min(recorded_at) as recorded_at
    from agreement group by agreement_id
    union all
    select 'protocol', protocol_id, min(recorded_at) from protocol group by protocol_id
),
team as (
    select
        local_team_id,
        case when count(*) over (partition by name) > 1 then name || ' (' || local_team_id || ')' else name end as name
    from local_team
),
stated as (
    select
        'agreement' as feed, agreement_id as paper_id, 'agreement' as kind, null::varchar as legal_basis,
        agreement.kbo, coalesce(team.name, agreement.local_team_id) as team, is_signed, true as is_this_flow,
        case
            when not has_not_ended then 'ended'
            when not is_sound then 'error'
            when not is_signed then 'not_signed'
            when not has_begun then 'not_yet'
            when not suits_territory then 'to_be_renewed'
            when in_force then 'in_force'
        end as state,
        signed_on, valid_from, least(valid_until, ended_on) as until
    from agreement_state
    join agreement using (agreement_id, recorded_at)
    left join team on team.local_team_id = agreement.local_team_id
    union all
    select
        'protocol', protocol_id,
        case when is_protocol then 'protocol' when protocol.kind = 'processing_agreement' then protocol.kind else 'other' end,
        legal_basis, protocol.kbo, null, is_signed, is_this_flow and is_protocol,
        case
            when not has_not_ended then 'ended'
            when not (is_this_flow and is_protocol) then case when is_signed then 'other_flow' else 'not_signed' end
            when not is_sound then 'error'
            when not is_signed then 'not_signed'
            when not (is_published and has_advice and has_begun) then 'not_yet'
            when not suits_territory then 'to_be_renewed'
            when in_force then 'in_force'
        end,
        signed_on, valid_from, least(valid_until, ended_on)
    from protocol_state
    join protocol using (protocol_id, recorded_at)
)
select stated.*
from stated join first_version using (feed, paper_id), moment
where is_signed or first_version.recorded_at <= decided_at
