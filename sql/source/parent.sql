-- Parents, with their contact data.
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
