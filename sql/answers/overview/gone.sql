-- Who serves, by the register, a code that is no municipality on the day; what it was called, and what it went into.
with name as (
    select nis_code, arg_max(name, coalesce(valid_from, date '-infinity')) as name
    from municipality group by nis_code
)
select kbo, nis_code, name.name, into_name.name as successor
from serving
left join name using (nis_code)
left join successor using (nis_code)
left join name as into_name on into_name.nis_code = successor.current_code
where successor.current_code is distinct from serving.nis_code
order by kbo, nis_code
