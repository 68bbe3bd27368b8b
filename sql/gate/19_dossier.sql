-- One row per parent of the population with everything that the rules look at; what is unknown is NULL.
-- Population: every parent of a family with a child under the age limit that has a valid assessment.
create temp table dossier as
select
    parent.parent_id,
    parent.parent_id not in (select parent_id from failed_parent) as is_sound,
    coalesce(deceased_on > day, true) as is_alive,
    current_code,
    family_id not in (select family_id from protected_family) as address_is_open,
    served_by.kbo,
    agreement_terms.min_criteria,
    family_need.weak,
    protocol_terms.fields as protocol_fields,
    consent.parent_id is not null as has_spoken,
    consent.holds as grant_holds,
    coalesce(consent.valid_until >= day, consent.holds) as has_not_expired,
    accepted_text.text_version is not null as text_is_accepted,
    [field for field in decree_fields
        if list_contains(protocol_terms.fields, field) and list_contains(consent.fields, field)] as allowed,
    list_filter([
        case when has_address then 'address' end,
        case when not is_blank(phone) then 'phone' end,
        case when not is_blank(email) then 'email' end
    ], lambda field: field is not null) as reachable,
    list_contains(allowed, 'name') and list_has_any(allowed, reachable) as fields_suffice
from family_need
join parent using (family_id)
left join family using (family_id)
left join current_residence using (parent_id)
left join served_by on served_by.nis_code = current_code
left join agreement_terms on agreement_terms.kbo = served_by.kbo and agreement_terms.local_team_id = family.local_team_id
left join protocol_terms on protocol_terms.kbo = served_by.kbo
left join consent on consent.kbo = served_by.kbo and consent.parent_id = parent.parent_id
left join accepted_text using (text_version),
moment
