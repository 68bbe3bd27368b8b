-- How many rows each municipality has in the feed for the year, and for the year before, by the codes of the sheet.
select
    place as nis_code,
    count(*) filter (year = $year - 1) as rows_before,
    count(*) filter (year = $year) as rows
from child_on_31_december join place using (nis_code)
where year between $year - 1 and $year
group by place
order by place
