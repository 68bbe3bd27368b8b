-- What the gate saw of one parent, and what it decided. No name, address or contact.
select
    parent.parent_id,
    parent.family_id,
    dossier.parent_id is not null as in_population,
    (select list(rule order by rule) from failed_parent where failed_parent.parent_id = $parent) as failed_rules,
    parent.deceased_on,
    residence.valid_from as lives_there_since,
    case when regexp_full_match(residence.nis_code, '[0-9]{5}') then residence.nis_code end as nis_code,
    current_residence.current_code,
    dossier.address_is_open,
    dossier.kbo,
    family.local_team_id,
    dossier.min_criteria,
    dossier.weak,
    dossier.protocol_fields,
    dossier.has_spoken,
    dossier.grant_holds,
    consent.event_id,
    consent.occurred_at,
    consent.text_version,
    consent.valid_until,
    consent.fields as consent_fields,
    dossier.text_is_accepted,
    dossier.allowed,
    coalesce(current_residence.has_address, false) as has_address,
    not is_blank(parent.phone) as has_phone,
    not is_blank(parent.email) as has_email,
    decision.outcome,
    decision.reason
from parent
left join dossier using (parent_id)
left join decision using (parent_id)
left join family on family.family_id = parent.family_id
left join current_residence using (parent_id)
left join residence using (parent_id, valid_from, recorded_at)
left join consent on consent.parent_id = parent.parent_id and consent.kbo = dossier.kbo
where parent.parent_id = $parent
