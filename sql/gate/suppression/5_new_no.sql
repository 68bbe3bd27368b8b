-- What is to be added to the list: the noes of tonight that it does not have, under the key in use; and, anew under the key of
-- then, each line of long ago (`$renewed_before`) whose parent still has a row, also where the gate counts it no more. One that
-- was lifted and counts again is another no; one that was lifted and does not is not written anew.
create temp table new_no as
with fresh as (
    select * from kept_no where night >= $renewed_before::date and id not in (select id from lifted_no)
),
there as (
    select tonight.parent_id, tonight.event_id, tonight.kbo
    from tonights_no as tonight
    join fresh on fresh.key_id = tonight.key_id and fresh.person = tonight.person and fresh.event = tonight.event
        and fresh.insz is not distinct from tonight.insz and fresh.kbo is not distinct from tonight.kbo
),
stale as (
    select *
    from kept_no as kept
    where night < $renewed_before::date
      and id not in (select id from lifted_no)
      and not exists (
        select 1 from fresh
        where fresh.key_id = kept.key_id and fresh.person = kept.person and fresh.event = kept.event
            and fresh.insz is not distinct from kept.insz and fresh.kbo is not distinct from kept.kbo
    )
),
at_home as (
    select key_id, keyed_hash(inner_pad, outer_pad, 'parent:' || parent_id) as person
    from parent, key_pad
    where key_id in (select key_id from stale)
)
select key_id, person, insz, event, kbo, is_own, is_grant, counts_from, recorded_at, null::bigint as returned_row
from tonights_no as tonight
where is_current and not exists (
    select 1 from there
    where there.parent_id = tonight.parent_id and there.event_id = tonight.event_id
        and there.kbo is not distinct from tonight.kbo
)
union
select key_id, person, insz, event, kbo, is_own, is_grant, counts_from, recorded_at, returned_row
from stale semi join at_home using (key_id, person)
