-- Not needed to decide on a delivery.
select
    child_id,
    year,
    nis_code
from child_on_31_december
where 1 = 0
