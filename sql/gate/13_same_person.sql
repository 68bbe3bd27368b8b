-- Who each parent row is about: rows whose INSZ has the same digits are about one person, and a row without digits is
-- about a person of its own (DOMAIN: one person, one no).
create temp table same_person as
select parent_id, coalesce(nullif(regexp_replace(insz, '[^0-9]', '', 'g'), ''), 'row ' || parent_id) as person
from parent
