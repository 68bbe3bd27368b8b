-- The lines of the list that tonight's noes do not bear out: the event is gone, or does not count any more for that
-- parent row and that recipient. Not those that were lifted for everybody for whom they stood, and not those that a
-- recipient returned. The parent is named where it has a row, or was asked for.
with named as (
    select parent_id, key_id, keyed_hash(inner_pad, outer_pad, 'parent:' || parent_id) as person
    from (select parent_id from parent union select unnest($asked::bigint[])), key_pad
)
select
    id,
    named.parent_id,
    kept.kbo,
    night as kept_on,
    recorded_at,
    id in (select id from lost_no) as is_lost,
    id in (select id from withheld_by_list) as withholds
from kept_no as kept left join named using (key_id, person)
where returned_row is null and not exists (
    select 1 from tonights_no as tonight
    where tonight.key_id = kept.key_id and tonight.person = kept.person and tonight.event = kept.event
        and tonight.kbo is not distinct from kept.kbo
)
and id not in (select lifted_no.id from lifted_no where lifted_no.kbo is null or lifted_no.kbo = kept.kbo)
order by is_lost desc, parent_id, id
