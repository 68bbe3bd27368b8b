-- Families of which a parent lives at a protected address, or has a protected address on record that was recorded after
-- the current one and has begun: a protection that is dated back counts too (reason 4).
create temp table protected_family as
select distinct family_id
from parent join current_residence as home using (parent_id) join residence using (parent_id), moment
where home.is_protected
   or (
        residence.confidential is not false
        and residence.valid_from <= day
        and residence.recorded_at > home.recorded_at
        and residence.recorded_at <= known_at
   )
