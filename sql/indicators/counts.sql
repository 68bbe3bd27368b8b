-- Every municipality of the day, each with its children, the deprived ones, and how many of these are weak on each
-- criterion; zeros where no child lives.
select
    municipality.nis_code,
    count(child_id) as children,
    count(*) filter (is_deprived) as deprived,
    count(*) filter (is_deprived and income) as income,
    count(*) filter (is_deprived and education) as education,
    count(*) filter (is_deprived and employment) as employment,
    count(*) filter (is_deprived and stimulation) as stimulation,
    count(*) filter (is_deprived and housing) as housing,
    count(*) filter (is_deprived and health) as health
from municipality left join resident on resident.place = municipality.nis_code and doubt is null
where coalesce(valid_from <= $codes_on::date, true) and coalesce($codes_on::date <= valid_until, true)
group by municipality.nis_code
order by municipality.nis_code
