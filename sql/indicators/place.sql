-- What a NIS code, as it was called on 31 December of the year, has become by the day of the sheet (DOMAIN: mergers).
-- One that stood for no municipality of that 31 December, or for two, has no row here.
create or replace temp table place as
with recursive walk(day, nis_code, reached) as (
    select distinct day, nis_code, nis_code
    from municipality, (select unnest([$year_end::date, $codes_on::date]) as day)
    union
    select walk.day, walk.nis_code, merger.new_nis_code
    from walk join merger on merger.old_nis_code = walk.reached and merger.merged_on <= walk.day
),
stood_for as (
    select walk.day, walk.nis_code, any_value(reached) as current_code
    from walk join municipality on municipality.nis_code = reached
    where coalesce(valid_from <= walk.day, true) and coalesce(walk.day <= valid_until, true)
    group by walk.day, walk.nis_code
    having count(distinct reached) = 1
)
select at_year_end.nis_code, at_sheet.current_code as place
from stood_for as at_year_end join stood_for as at_sheet on at_sheet.nis_code = at_year_end.current_code
where at_year_end.day = $year_end::date and at_sheet.day = $codes_on::date
