-- Their children.
where family_id in (
    select family_id from parent where parent_id in (select parent_id from consent_event where kbo = $1)
)
