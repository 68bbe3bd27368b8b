-- The municipalities of the day that nobody serves, several do, or one that is not registered: nothing is shared there.
select municipality.nis_code, municipality.name, province.name as province, count(serving.kbo) as recipients
from municipality join province using (nis_code) left join serving using (nis_code), moment
where coalesce(municipality.valid_from <= day, true) and coalesce(day <= municipality.valid_until, true)
  and nis_code not in (select nis_code from served_by)
group by municipality.nis_code, municipality.name, province.name
order by municipality.name, municipality.nis_code
