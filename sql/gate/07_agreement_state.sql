-- The latest version known of every agreement, and each condition of being in force on the day (reason 6).
create temp table agreement_state as
with known as (
    select agreement.*
    from agreement, moment
    where recorded_at <= known_at
    qualify row_number() over (partition by agreement_id order by recorded_at desc) = 1
)
select
    agreement_id,
    recorded_at,
    kbo,
    local_team_id,
    coalesce(min_criteria, 3) as min_criteria,
    coalesce(signed_on <= day, false) as is_signed,
    coalesce(valid_from <= day, false) as has_begun,
    coalesce(day <= valid_until, true) and coalesce(day <= ended_on, true) as has_not_ended,
    coalesce(valid_from >= shaped_on, true) as suits_territory,
    coalesce(min_criteria between 1 and 6, true) as is_sound,
    is_signed and has_begun and has_not_ended and suits_territory and is_sound as in_force
from known left join territory using (kbo), moment
