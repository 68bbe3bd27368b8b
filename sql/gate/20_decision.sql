-- The gate (DOMAIN: the gate): the first reason that applies, in this order. Each condition must be proven true;
-- `is not true` counts NULL, the unknown, as not proven. Only who passes all thirteen has no reason.
create temp table decision as
with judged as (
    select *, case
        when is_sound is not true then 'quarantined'
        when is_alive is not true then 'deceased'
        when (current_code is not null) is not true then 'no_residence'
        when address_is_open is not true then 'confidential_address'
        when (kbo is not null) is not true then 'not_served'
        when (min_criteria is not null) is not true then 'no_agreement'
        when (weak >= min_criteria) is not true then 'no_need'
        when (protocol_fields is not null) is not true then 'no_protocol'
        when has_spoken is not true then 'no_consent'
        when grant_holds is not true then 'withdrawn'
        when has_not_expired is not true then 'consent_expired'
        when text_is_accepted is not true then 'text_not_accepted'
        when fields_suffice is not true then 'fields'
    end as reason
    from dossier
)
select
    parent_id,
    case when reason is null then 'released' else 'withheld' end as outcome,
    case when reason in ('quarantined', 'deceased', 'no_residence', 'confidential_address', 'not_served')
        then null else kbo end as kbo,
    reason,
    case when reason is null then array_to_string(allowed, ',') end as fields
from judged
