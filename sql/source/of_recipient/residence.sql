-- Where those parents live and lived.
select
    parent_id,
    valid_from,
    recorded_at,
    street,
    house_number,
    box_number,
    postal_code,
    nis_code,
    confidential
from residence
where parent_id in (
    select parent_id from parent where family_id in (
        select family_id from parent where parent_id in (select parent_id from consent_event where kbo = $1)
    )
)
