-- Children that are counted nowhere, by municipality (NULL: it cannot be told) and by the reason why.
select place as nis_code, doubt as rule, count(*) as children
from resident
where doubt is not null
group by place, doubt
order by place nulls first, doubt
