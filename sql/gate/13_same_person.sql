-- Who each parent row is about: rows whose INSZ has the same digits are about one person, and a row without digits is
-- about a person of its own (DOMAIN: one person, one no). Digits of full width and Arabic ones are read as the others.
create temp table same_person as
with number as (
    select
        parent_id,
        translate(insz, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789') as insz
    from parent
)
select parent_id, coalesce(nullif(regexp_replace(insz, '[^0-9]', '', 'g'), ''), 'row ' || parent_id) as person
from number
