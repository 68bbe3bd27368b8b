-- Every row that has a number today: whose is it, by the number's digits, as the gate reads them.
select parent_id
from parent
where not is_blank(insz) and coalesce(insz_digits(insz), '') <> $insz
order by parent_id
