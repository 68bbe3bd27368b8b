-- Families of which a parent lives at a protected address, or has a protected address on record that has begun and was
-- recorded after the current one: a protection that is dated back counts too (reason 4). Where an impossible date hides
-- which address is the current one, every protected address of that parent counts.
create temp table protected_family as
with begun as (
    select parent_id, valid_from, recorded_at, confidential
    from residence, moment
    where coalesce(valid_from <= day, true) and coalesce(recorded_at <= known_at, true)
)
select distinct family_id
from parent join begun using (parent_id) left join current_residence as home using (parent_id)
where confidential is not false
  and (
    home.is_protected
    or begun.recorded_at > home.recorded_at
    or parent_id in (select parent_id from begun where valid_from is null or recorded_at is null)
  )
