-- Who serves where, and since when.
select
    kbo,
    nis_code,
    valid_from,
    valid_until
from recipient_municipality
