-- Where each child lived on 31 December, for the index.
select
    child_id,
    year,
    nis_code
from child_on_31_december
