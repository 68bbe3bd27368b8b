-- Every agreement and protocol on the day, each in the first state that applies: by the gate's own conditions
-- (sql/gate/07 and 11). A paper that was neither signed nor on record by then is not of this day. The conditions of
-- this flow do not apply to a paper of another flow, or to one that is no protocol.
-- `missing`: what a protocol that is not in force yet still waits for, and from which of the two parties; `lacks`: the same
-- of a protocol in any state.
-- `team` tells apart two local teams of one name; `team_name` is the register's word.
create temp table paper as
with known as (
    select
        'agreement' as feed, agreement_id as paper_id, 'agreement' as kind, null::varchar as legal_basis,
        agreement.kbo, agreement.local_team_id, true as is_this_flow, has_not_ended, is_sound, is_signed,
        []::varchar[] as lacks, has_begun as is_ready, suits_territory, in_force, signed_on, valid_from,
        least(valid_until, ended_on) as until, null::varchar as published_url,
        null::varchar as recipient_published_url, null::date as dpo_advice_on, null::date as recipient_dpo_advice_on,
        []::varchar[] as fields, null::integer as retention_days, agreement_state.min_criteria
    from agreement_state join agreement using (agreement_id, recorded_at)
    union all
    select
        'protocol', protocol_id,
        case when is_protocol then 'protocol' when protocol.kind = 'processing_agreement' then protocol.kind else 'other' end,
        legal_basis, protocol.kbo, null, is_this_flow and is_protocol, has_not_ended, is_sound, is_signed,
        list_filter([
            case when not agency_published then 'agency_publication' end,
            case when not recipient_published then 'recipient_publication' end,
            case when not agency_advised then 'agency_advice' end,
            case when not recipient_advised then 'recipient_advice' end
        ], lambda name: name is not null) as lacks,
        len(lacks) = 0 and has_begun,
        suits_territory, in_force, signed_on, valid_from,
        least(valid_until, ended_on), published_url, recipient_published_url, dpo_advice_on, recipient_dpo_advice_on,
        protocol_state.fields, protocol_state.retention_days, null
    from protocol_state join protocol using (protocol_id, recorded_at)
),
first_version as (
    select 'agreement' as feed, agreement_id as paper_id, min(recorded_at) as recorded_at
    from agreement group by agreement_id
    union all
    select 'protocol', protocol_id, min(recorded_at) from protocol group by protocol_id
),
team as (
    select
        local_team_id, name,
        case when count(*) over (partition by name) > 1 then name || ' (' || local_team_id || ')' else name end as unique_name
    from local_team
)
select
    known.*,
    coalesce(team.unique_name, local_team_id) as team,
    coalesce(team.name, local_team_id) as team_name,
    case
        when not has_not_ended then 'ended'
        when not is_this_flow then case when is_signed then 'other_flow' else 'not_signed' end
        when not is_sound then 'error'
        when not is_signed then 'not_signed'
        when not is_ready then 'not_yet'
        when not suits_territory then 'to_be_renewed'
        when in_force then 'in_force'
    end as state,
    case when state = 'not_yet' then lacks else [] end as missing
from known
join first_version using (feed, paper_id)
left join team using (local_team_id), moment
where is_signed or first_version.recorded_at <= decided_at
