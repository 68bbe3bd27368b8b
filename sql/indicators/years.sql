-- Each year of the feed, and the latest 31 December that has been (`last_year`), with its rows and those of the year
-- before; and how many children in feed child were born in its three birth years.
with home as (
    select year, count(*) as rows from child_on_31_december where year is not null group by year
),
born as (
    select year(birth_date) as year, count(*) as children from child where birth_date is not null group by all
)
select
    asked.year,
    coalesce(home.rows, 0) as rows,
    coalesce(before.rows, 0) as rows_before,
    coalesce((select sum(children) from born where born.year between asked.year - 2 and asked.year), 0)::bigint as born
from (select year from home union select $last_year::bigint) as asked
left join home on home.year = asked.year
left join home as before on before.year = asked.year - 1
order by asked.year
