-- Which municipalities each recipient that is registered serves on the day, by the names of that day.
select distinct served.kbo, municipality.nis_code, municipality.name
from recipient_municipality as served join municipality on municipality.nis_code = served.nis_code
where served.valid_from <= $day::date and coalesce($day::date <= served.valid_until, true)
    and coalesce(municipality.valid_from <= $day::date, true) and coalesce($day::date <= municipality.valid_until, true)
    and served.kbo in (select kbo from recipient)
order by served.kbo, municipality.nis_code
