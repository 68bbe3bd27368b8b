-- The municipalities of the day with the one registered recipient that serves each, as they were called then.
select served_by.kbo, nis_code, municipality.name, province.name as province
from served_by join municipality using (nis_code) join province using (nis_code), moment
where coalesce(municipality.valid_from <= day, true) and coalesce(day <= municipality.valid_until, true)
order by nis_code
