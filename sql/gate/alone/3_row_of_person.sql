-- Their rows in feed parent, and the other rows of the same persons: a no of one row counts for all of these.
create temp table row_of_person as
select parent_id
from parent
where parent_id in (select parent_id from withheld_for_address)
    or insz_digits(insz) in (
        select insz_digits(insz) from parent where parent_id in (select parent_id from withheld_for_address)
    )
