-- Who serves where on the day.
create temp table serving as
select distinct kbo, nis_code
from recipient_municipality, moment
where valid_from <= day and coalesce(day <= valid_until, true)
