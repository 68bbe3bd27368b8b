-- Where each parent lives on the day, as known: the latest valid_from, then the latest recorded_at.
-- `current_code` is NULL when the address's NIS code is neither current nor mapped by a merger (reason 3).
create temp table current_residence as
with latest as (
    select
        parent_id,
        valid_from,
        recorded_at,
        nis_code,
        confidential is not false as is_protected,
        not is_blank(street) and not is_blank(postal_code) as has_address
    from residence, moment
    where valid_from <= day and recorded_at <= known_at
    qualify row_number() over (partition by parent_id order by valid_from desc, recorded_at desc) = 1
)
select parent_id, valid_from, recorded_at, current_code, is_protected, has_address
from latest left join successor using (nis_code)
