-- The latest version known of every protocol, and each condition of being in force on the day (reason 8). Both parties
-- publish it, and the data protection officers of both advise on it.
create temp table protocol_state as
with known as (
    select protocol.*
    from protocol, moment
    where recorded_at <= known_at
    qualify row_number() over (partition by protocol_id order by recorded_at desc) = 1
)
select
    protocol_id,
    recorded_at,
    kbo,
    retention_days,
    field_list(fields) as fields,
    coalesce(legal_basis = 'decree-2022-02-04', false) as is_this_flow,
    coalesce(kind = 'protocol', false) as is_protocol,
    coalesce(signed_on <= day, false) as is_signed,
    not is_blank(published_url) as agency_published,
    not is_blank(recipient_published_url) as recipient_published,
    coalesce(dpo_advice_on <= day, false) as agency_advised,
    coalesce(recipient_dpo_advice_on <= day, false) as recipient_advised,
    coalesce(valid_from <= day, false) as has_begun,
    coalesce(day <= valid_until, true) and coalesce(day <= ended_on, true) as has_not_ended,
    coalesce(valid_from >= shaped_on, true) as suits_territory,
    within_decree(known.fields, decree_fields) as is_sound,
    is_this_flow and is_protocol and is_signed
        and agency_published and recipient_published and agency_advised and recipient_advised
        and has_begun and has_not_ended and suits_territory and is_sound as in_force
from known left join territory using (kbo), moment
