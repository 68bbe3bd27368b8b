-- Children, for the age limit and the index.
select
    child_id,
    family_id,
    birth_date,
    client
from child
