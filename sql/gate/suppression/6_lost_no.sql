-- Lines of the list whose event the feed no longer has: the agency lost a no. Not those that a person lifted for everybody
-- for whom they stood, and not those that a recipient returned, which no feed has. Of a part of the feed (`$is_whole` is
-- false: every event but a grant, and all events of some parents) a malformed grant is missed only where its own parent is
-- among them.
create temp table lost_no as
with seen as (
    select key_id, keyed_hash(inner_pad, outer_pad, content) as event
    from event_text, key_pad
    where recorded_at is null or recorded_at in (select recorded_at from kept_no)
),
read as (
    select key_id, keyed_hash(inner_pad, outer_pad, 'parent:' || parent_id) as person from parent, key_pad
)
select id, event
from kept_no as kept anti join seen using (key_id, event)
where returned_row is null
  and id not in (select lifted_no.id from lifted_no where lifted_no.kbo is null or lifted_no.kbo = kept.kbo)
  and ($is_whole::boolean or not is_grant or (is_own and (key_id, person) in (select (key_id, person) from read)))
