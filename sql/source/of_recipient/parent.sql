-- Every parent of those families: a co-parent's protected address counts.
select
    parent_id,
    family_id,
    insz,
    first_name,
    last_name,
    phone,
    email,
    deceased_on
from parent
where family_id in (
    select family_id from parent where parent_id in (select parent_id from consent_event where kbo = $1)
)
