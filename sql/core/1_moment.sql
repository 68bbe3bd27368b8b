-- The instant of the decision: what held at `decided_at`, as known at `known_at`, read on the local date `day`;
-- and the two things the rules take from outside: the age limit (a setting) and the decree's list of fields.
create temp table moment as
select
    $at::timestamptz as decided_at,
    $known_at::timestamptz as known_at,
    $day::date as day,
    $child_age_limit_years::integer as child_age_limit_years,
    $decree_fields::varchar[] as decree_fields
