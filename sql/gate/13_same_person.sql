-- Who each parent row is about: rows whose INSZ has the same digits are about one person, and a row without digits is
-- about a person of its own (DOMAIN: one person, one no).
create temp table same_person as
select parent_id, coalesce(insz_digits(insz), 'row ' || parent_id) as person
from parent
