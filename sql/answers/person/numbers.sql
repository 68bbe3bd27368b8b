-- Every row that has a number today: whose is it, by the number's digits.
select parent_id
from parent
where not is_blank(insz) and regexp_replace(insz, '[^0-9]', '', 'g') <> $insz
order by parent_id
