-- Where each parent lives and lived; append-only.
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
